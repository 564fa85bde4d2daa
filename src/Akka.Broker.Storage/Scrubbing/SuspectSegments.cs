using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>Segments in which somebody has met damage while reading, for the scrubber to look at before all others. Each stands there once. Thread-safe.</summary>
internal sealed class SuspectSegments
{
    private readonly Lock _gate = new();
    private readonly Queue<(PartitionLog Log, long BaseOffset)> _queue = new();
    private readonly HashSet<(PartitionLog Log, long BaseOffset)> _waiting = [];

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _queue.Count == 0;
        }
    }

    public void Add(PartitionLog log, long baseOffset)
    {
        lock (_gate)
        {
            if (_waiting.Add((log, baseOffset)))
                _queue.Enqueue((log, baseOffset));
        }
    }

    public bool TryTake([NotNullWhen(true)] out PartitionLog? log, out long baseOffset)
    {
        lock (_gate)
        {
            (log, baseOffset) = _queue.TryDequeue(out var first) ? first : default;
            if (log is not null)
                _waiting.Remove((log, baseOffset));
            return log is not null;
        }
    }
}
