using Akka.Broker.Storage.Disks;

namespace Akka.Broker.MultiNode.FaultyHost;

/// <summary>
/// What the test wants the disk to do, as one line of a file that it rewrites: <c>none</c>, or operations that fail and how, for instance
/// <c>Write,Sync error</c> or <c>Write full</c>, and behind that, if only some paths are meant, a part of them. Read ten times a second.
/// </summary>
internal sealed class FaultFile : IDisposable
{
    private readonly string _path;
    private readonly Timer _timer;
    private volatile Faults? _faults;
    private string _last = "";

    public FaultFile(string path)
    {
        _path = path;
        _timer = new Timer(_ => Read(), null, 0, 100);
    }

    public Exception? FaultOf(DiskOperation operation, string path)
    {
        if (_faults is not { } faults || !faults.Operations.Contains(operation) || !path.Contains(faults.PathPart, StringComparison.Ordinal))
            return null;
        return faults.IsFull ? new DiskFullException($"{path}: no space left (by the test)") : new IOException($"{path}: {operation} failed (by the test)");
    }

    public void Dispose() => _timer.Dispose();

    private void Read()
    {
        var line = File.Exists(_path) ? File.ReadAllText(_path).Trim() : "none";
        if (line == _last)
            return;
        _last = line;
        Console.Error.WriteLine($"The disk from now on: {line}");
        var words = line.Split(' ');
        _faults = words.Length < 2 ? null : new Faults([.. words[0].Split(',').Select(Enum.Parse<DiskOperation>)], words[1] == "full", words.Length > 2 ? words[2] : "");
    }

    private sealed record Faults(DiskOperation[] Operations, bool IsFull, string PathPart);
}
