using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>What is sent to shard region <c>partition</c>. The entity is <see cref="Target"/>, its shard the leader that the metadata names.</summary>
public interface IPartitionCommand
{
    TopicIdPartition Target { get; }

    /// <summary>The leader epoch that the sender believes in; a stale one is refused. -1: any.</summary>
    int LeaderEpoch { get; }
}

/// <summary>Who appends: it decides what is checked and who may write to internal topics.</summary>
public enum AppendOrigin
{
    /// <summary>A producer over the wire.</summary>
    Client,

    /// <summary>The broker's own group or transaction coordinator.</summary>
    Coordinator,
}

/// <summary>
/// Append one record batch. The sender has validated it (<c>RecordBatchValidator</c>), owns its memory alone, and must not touch or reuse that
/// memory until the answer: offset, epoch and timestamp are patched in place. No answer (an Ask that timed out) means unknown:
/// leave the memory to the garbage collector, as when the answer says <see cref="AppendReply.IsMemoryInUse"/>. Answered with <see cref="AppendReply"/>.
/// </summary>
/// <param name="Target">Which partition.</param>
/// <param name="LeaderEpoch">See <see cref="IPartitionCommand.LeaderEpoch"/>.</param>
/// <param name="Batch">One whole batch of format 2.</param>
/// <param name="Acks">0 and 1: answered when the leader's log has it (durable as <c>flush.messages</c> says); -1: when the high watermark has passed it.</param>
/// <param name="DeadlineTimestamp">A <see cref="TimeProvider.GetTimestamp"/> value; what is received later than this is refused with REQUEST_TIMED_OUT.</param>
/// <param name="Origin">Who appends.</param>
public sealed record AppendRecords(
    TopicIdPartition Target,
    int LeaderEpoch,
    Memory<byte> Batch,
    short Acks,
    long DeadlineTimestamp,
    AppendOrigin Origin) : IPartitionCommand;

/// <summary>The outcome of <see cref="AppendRecords"/>. With an error, offsets are -1.</summary>
/// <param name="Error">None, or why nothing was appended (or, for *_AFTER_APPEND, not acknowledged).</param>
/// <param name="BaseOffset">The offset of the batch's first record; for a duplicate, the first time's.</param>
/// <param name="LogAppendTimeMs">The broker's time if the topic stamps it, else -1.</param>
/// <param name="LogStartOffset">The log's first offset.</param>
/// <param name="Message">For humans, where the code alone does not say what to do.</param>
public sealed record AppendReply(ErrorCode Error, long BaseOffset, long LogAppendTimeMs, long LogStartOffset, string? Message = null)
{
    /// <summary>The leadership ended before the write did: the log's writer may be reading the batch's memory yet. Leave it to the garbage collector.</summary>
    public bool IsMemoryInUse { get; init; }

    /// <summary>When the leader's log had the batch, as <see cref="TimeProvider.GetTimestamp"/>: what passes from then on is its replicas' time. 0: not said.</summary>
    public long WrittenAt { get; init; }

    public static AppendReply Refused(ErrorCode error, string? message = null) => new(error, -1, -1, -1, message);
}

/// <summary>Delete what lies before <paramref name="Offset"/>, here at once and on the other replicas when they hear of it. Answered with <see cref="DeleteRecordsReply"/>.</summary>
/// <param name="Target">Which partition.</param>
/// <param name="LeaderEpoch">See <see cref="IPartitionCommand.LeaderEpoch"/>.</param>
/// <param name="Offset">-1: the high watermark.</param>
/// <param name="DeadlineTimestamp">A <see cref="TimeProvider.GetTimestamp"/> value: for how long the other replicas are waited for.</param>
public sealed record DeleteRecordsBefore(TopicIdPartition Target, int LeaderEpoch, long Offset, long DeadlineTimestamp) : IPartitionCommand;

/// <summary>None: every replica that lives begins there, or behind. REQUEST_TIMED_OUT: only the leader does yet. Else nothing was deleted, or it is not known.</summary>
/// <param name="Error">What became of it.</param>
/// <param name="LowWatermark">The first offset that a replica has which lives; -1 where that is not known.</param>
public sealed record DeleteRecordsReply(ErrorCode Error, long LowWatermark);

/// <summary>Ask for the producers that the partition remembers. Answered with <see cref="ProducersReply"/>.</summary>
public sealed record GetProducers(TopicIdPartition Target, int LeaderEpoch) : IPartitionCommand;

/// <summary>As DescribeProducers answers. <c>CurrentTransactionFirstOffset</c> is -1 without an open transaction.</summary>
public sealed record ProducersReply(ErrorCode Error, IReadOnlyList<ActiveProducer> Producers);

/// <summary>One idempotent producer's last known state on a partition.</summary>
public sealed record ActiveProducer(
    long ProducerId, short ProducerEpoch, int LastSequence, long LastTimestampMs, int CoordinatorEpoch, long CurrentTransactionFirstOffset);

/// <summary>The node's image names this node leader at <paramref name="LeaderEpoch"/>: wake up and take the log over. Answered with <see cref="Leading"/> when the view is published and what was appended before is written.</summary>
public sealed record Lead(TopicIdPartition Target, int LeaderEpoch) : IPartitionCommand;

/// <summary>The entity leads and its <see cref="LedPartition"/> is registered, or it refused (<paramref name="Error"/>).</summary>
public sealed record Leading(TopicIdPartition Target, int LeaderEpoch, ErrorCode Error);

/// <summary>The topic is gone or another broker leads: close the <see cref="LedPartition"/> and stop. Answered with <see cref="Resigned"/>, also by an entity that did not lead.</summary>
public sealed record Resign(TopicIdPartition Target) : IPartitionCommand
{
    public int LeaderEpoch => -1;
}

/// <summary>Nothing of this node's leadership is left; the log may be handed on or deleted.</summary>
public sealed record Resigned(TopicIdPartition Target);

/// <summary>The log or the topic's settings changed beside the leader (retention deleted segments, a setting was altered): look again and publish.</summary>
public sealed record Refresh(TopicIdPartition Target) : IPartitionCommand
{
    public int LeaderEpoch => -1;
}
