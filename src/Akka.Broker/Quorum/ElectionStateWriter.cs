using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Quorum;

/// <summary>
/// Writes the election state for one owner after the other. An actor that is made anew, or opens its log anew, reads what it has voted for while a write of before may
/// hang at the disk: once the new owner has taken over, that has landed or never will. Otherwise a vote that was sent could be overwritten by an older one. Any thread.
/// </summary>
internal sealed class ElectionStateWriter
{
    private readonly Lock _gate = new();
    private object? _owner;

    /// <summary>Waits for a write that is under way; from here on earlier owners write nothing.</summary>
    public void TakeOver(object owner)
    {
        lock (_gate)
            _owner = owner;
    }

    /// <exception cref="StaleWriterException">Another has taken over; nothing is written.</exception>
    public void Write(object owner, IDisk disk, string folder, ElectionState state)
    {
        lock (_gate)
        {
            if (_owner != owner)
                throw new StaleWriterException(Path.Combine(folder, ElectionStateFile.Name));
            ElectionStateFile.Write(disk, folder, state);
        }
    }
}
