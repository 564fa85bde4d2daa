using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Coordination.Records;

/// <summary>
/// Makes groups of the batches of one offsets partition, as its coordinator does when it loads. Give it every batch below the watermark, in order.
/// A record that cannot be read costs itself alone: it is counted and skipped, since a group without one offset serves better than none.
/// </summary>
public sealed class GroupReplay(GroupConfig config)
{
    private const int BatchBytesMax = 256 * 1024 * 1024;
    private readonly Dictionary<string, Group> _groups = [];

    /// <summary>The offset behind the last batch.</summary>
    public long NextOffset { get; private set; }

    public long RecordCount { get; private set; }

    /// <summary>Records that are not what they claim to be.</summary>
    public long MalformedCount { get; private set; }

    /// <summary>Why the first of them could not be read.</summary>
    public string? FirstProblem { get; private set; }

    public void Apply(RecordBatch batch)
    {
        NextOffset = batch.NextOffset;
        if (batch.IsControl)
            return;
        try
        {
            using var payload = RecordBatchReader.Decompress(batch, BatchBytesMax);
            foreach (var record in payload.Records)
                Apply(record);
        }
        catch (Exception cause) when (cause is InvalidRecordException or CodecException)
        {
            Note($"the batch at offset {batch.BaseOffset}: {cause.Message}");
        }
    }

    /// <summary>The groups that there is something to remember of. Their members are not restored yet.</summary>
    public IReadOnlyList<Group> Finish() => [.. _groups.Values.Where(g => !g.IsForgettable)];

    private void Apply(Record record)
    {
        RecordCount++;
        if (record.Key.ToArray() is not { } key)
        {
            Note($"the record at offset {record.Offset} has no key");
            return;
        }

        try
        {
            if (GroupRecordCodec.Decode(key, record.Value.ToArray()) is { } decoded)
                GroupOf(decoded.GroupId).Replay(decoded);
        }
        catch (MalformedMessageException cause)
        {
            Note($"the record at offset {record.Offset}: {cause.Message}");
        }
    }

    private Group GroupOf(string groupId)
    {
        if (!_groups.TryGetValue(groupId, out var group))
            _groups[groupId] = group = new Group(groupId, config);
        return group;
    }

    private void Note(string problem)
    {
        MalformedCount++;
        FirstProblem ??= problem;
    }
}
