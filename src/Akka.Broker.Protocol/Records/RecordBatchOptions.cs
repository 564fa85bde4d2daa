namespace Akka.Broker.Protocol.Records;

/// <summary>All of a batch's header that does not follow from its records.</summary>
public sealed record RecordBatchOptions
{
    public static readonly RecordBatchOptions Default = new();

    /// <summary>The offset of the first record; a leader assigns its own.</summary>
    public long BaseOffset { get; init; }

    public int PartitionLeaderEpoch { get; init; } = -1;

    public CompressionType Compression { get; init; }

    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;

    /// <summary>The sequence number of the first record, -1 without.</summary>
    public int BaseSequence { get; init; } = -1;

    public bool IsTransactional { get; init; }

    public bool IsControl { get; init; }

    /// <summary>If set, the records' own times are not kept and this is the time of all of them (<c>LogAppendTime</c>).</summary>
    public long? LogAppendTimeMs { get; init; }

    /// <summary>The base timestamp of the batch; unless set, the first record's.</summary>
    public long? BaseTimestampMs { get; init; }

    /// <summary>If set, the time from which on a compaction may drop the batch's tombstones, or its marker; it stands where the base timestamp does.</summary>
    public long? DeleteHorizonMs { get; init; }
}
