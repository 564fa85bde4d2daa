using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Offsets;

/// <summary>
/// A group's stored offsets, and which partitions have a commit on its way to the log. Only <see cref="Replay"/> changes what is stored,
/// so nobody reads an offset that could still be lost.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<TopicPartition, CommittedOffset> _stored = [];
    private readonly Dictionary<TopicPartition, int> _pending = [];

    public IReadOnlyDictionary<TopicPartition, CommittedOffset> Stored => _stored;

    /// <summary>Nothing stored and nothing under way.</summary>
    public bool IsEmpty => _stored.Count == 0 && _pending.Count == 0;

    /// <summary>What is stored or will be once the writes under way are through.</summary>
    public IEnumerable<TopicPartition> Known => _stored.Keys.Concat(_pending.Keys.Where(p => !_stored.ContainsKey(p)));

    public bool IsKnown(TopicPartition partition) => _stored.ContainsKey(partition) || _pending.ContainsKey(partition);

    public bool IsPending(TopicPartition partition) => _pending.ContainsKey(partition);

    public void Replay(OffsetRecord record)
    {
        if (record.Value is { } value)
            _stored[record.Partition] = value;
        else
            _stored.Remove(record.Partition);
    }

    public void AddPending(TopicPartition partition) => _pending[partition] = _pending.GetValueOrDefault(partition) + 1;

    public void RemovePending(TopicPartition partition)
    {
        Invariant.Check(_pending.TryGetValue(partition, out var count) && count > 0);
        if (count == 1)
            _pending.Remove(partition);
        else
            _pending[partition] = count - 1;
    }
}
