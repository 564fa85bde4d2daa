using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>Epochs and where each begins, oldest first.</summary>
internal sealed class MemoryEpochs(params (int Epoch, long Start)[] entries) : IEpochHistory
{
    private readonly List<(int Epoch, long Start)> _entries = [.. entries];

    public int LatestEpoch => _entries.Count == 0 ? -1 : _entries[^1].Epoch;

    public void Assign(int epoch, long start)
    {
        if (epoch > LatestEpoch)
            _entries.Add((epoch, start));
    }

    public void TruncateFromEnd(long end) => _entries.RemoveAll(e => e.Start >= end);

    public void Clear() => _entries.Clear();

    public OffsetAndEpoch? EndOf(int epoch, long logEndOffset)
    {
        if (epoch < 0 || epoch > LatestEpoch)
            return null;
        if (epoch == LatestEpoch)
            return new(logEndOffset, epoch);
        var next = _entries.FindIndex(e => e.Epoch > epoch);
        return new(_entries[next].Start, next == 0 ? epoch : _entries[next - 1].Epoch);
    }
}
