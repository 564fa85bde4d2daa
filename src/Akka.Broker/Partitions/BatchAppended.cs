using Akka.Actor;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Partitions;

/// <summary>
/// The event that a <see cref="PartitionActor"/> persists: a batch with its offsets assigned, on its way into the log. It carries what its handler needs,
/// so that an append costs no closure. On replay the journal yields <see cref="BatchReplayed"/> instead: headers, never payloads.
/// </summary>
public sealed class BatchAppended(
    PartitionLog log, WriterToken token, ReadOnlyMemory<byte> batch, long baseOffset, long nextOffset, long logAppendTimeMs, short acks, IActorRef producer)
{
    public PartitionLog Log { get; } = log;

    /// <summary>The right under which it is written; stale, it is discarded before the file.</summary>
    public WriterToken Token { get; } = token;

    public ReadOnlyMemory<byte> Batch { get; } = batch;

    public long BaseOffset { get; } = baseOffset;

    /// <summary>The log's end once this batch is in it.</summary>
    public long NextOffset { get; } = nextOffset;

    /// <summary>-1 if the topic keeps its producers' timestamps.</summary>
    public long LogAppendTimeMs { get; } = logAppendTimeMs;

    public short Acks { get; } = acks;

    /// <summary>Who gets the <see cref="AppendReply"/>.</summary>
    public IActorRef Producer { get; } = producer;
}

/// <summary>What the journal replays of a stored batch.</summary>
public sealed record BatchReplayed(BatchHeader Header);

/// <summary>The snapshot that a partition recovers from: its log taken over, and what the log knows at its end.</summary>
public sealed record RecoveredLog(PartitionLog Log, WriterToken Token, LogState State);
