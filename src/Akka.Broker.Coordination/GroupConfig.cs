namespace Akka.Broker.Coordination;

/// <summary>What an operator can set of the rules for groups. The defaults are Kafka's.</summary>
public sealed record GroupConfig
{
    /// <summary><c>group.min.session.timeout.ms</c>: a shorter session is refused.</summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary><c>group.max.session.timeout.ms</c>: a longer session is refused.</summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary><c>group.initial.rebalance.delay.ms</c>: how long an empty group waits for more members after its first, again for each that comes.</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary><c>group.max.size</c>: members beyond it are refused.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>A new member cannot heartbeat while it waits for its first generation; its wait ends after this long.</summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 300_000;

    /// <summary><c>offset.metadata.max.bytes</c>: the longest text, in UTF-8, that a client may store beside an offset.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;

    /// <summary><c>offsets.retention.minutes</c>, in milliseconds: how long an offset outlives its group's last member or, without members, its commit.</summary>
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;
}
