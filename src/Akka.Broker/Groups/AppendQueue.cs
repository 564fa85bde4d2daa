using Akka.Actor;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Groups;

/// <summary>
/// The writes of one offsets partition's groups, in the order in which they were asked for. While one batch is on its way the next gathers, so that
/// a thousand commits a second cost a few appends.
/// <para>Invariants: a write is in one batch, whole; a batch is no larger than the partition takes.</para>
/// </summary>
internal sealed class AppendQueue(int batchBytesMax)
{
    private readonly Queue<(IActorRef Group, EncodedWrite Write)> _queued = new();
    private readonly List<(IActorRef Group, EncodedWrite Write)> _inFlight = [];

    /// <summary>Those whose batch is on its way.</summary>
    public IReadOnlyList<(IActorRef Group, EncodedWrite Write)> InFlight => _inFlight;

    /// <summary>Whether the write alone is more than a batch may hold; it is not queued then.</summary>
    public bool IsTooLarge(EncodedWrite write) => !write.FitsBehind(RecordBatch.HeaderSize, batchBytesMax);

    public void Enqueue(IActorRef group, EncodedWrite write) => _queued.Enqueue((group, write));

    /// <summary>The next batch, in memory of its own; null if one is on its way or nothing waits.</summary>
    public byte[]? TryBegin(long timestampMs)
    {
        if (_inFlight.Count > 0 || _queued.Count == 0)
            return null;
        using var batch = new RecordBatchBuilder();
        while (_queued.TryPeek(out var next) && next.Write.FitsBehind(batch.UncompressedSizeInBytes, batchBytesMax))
        {
            next.Write.AppendTo(batch, timestampMs);
            _inFlight.Add(_queued.Dequeue());
        }

        return batch.ToArray();
    }

    /// <summary>The batch has been answered.</summary>
    public void End() => _inFlight.Clear();

    public void Clear()
    {
        _queued.Clear();
        _inFlight.Clear();
    }
}
