namespace Akka.Broker.Protocol.Records;

/// <summary>What a topic demands of the batches that are produced to it. Immutable: make one when the topic's settings change, not one a request.</summary>
public sealed record RecordBatchRules
{
    /// <summary>Kafka's defaults.</summary>
    public static readonly RecordBatchRules Default = new();

    /// <summary><c>max.message.bytes</c>: the largest batch.</summary>
    public int BatchBytesMax { get; init; } = 1024 * 1024 + RecordBatch.LogOverhead;

    /// <summary><c>cleanup.policy</c> has <c>compact</c>: every record needs a key.</summary>
    public bool KeysRequired { get; init; }

    /// <summary><c>message.timestamp.type</c>; the broker's own time is not checked.</summary>
    public TimestampType TimestampType { get; init; }

    /// <summary><c>message.timestamp.before.max.ms</c>: how much older than the broker's time a record may be.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>message.timestamp.after.max.ms</c>: how much newer.</summary>
    public long TimestampAfterMaxMs { get; init; } = 60 * 60 * 1000;

    /// <summary>The most that a batch may decompress to where its records must be looked at, lest a small one exhaust memory.</summary>
    public int DecompressedBytesMax { get; init; } = 64 * 1024 * 1024;
}
