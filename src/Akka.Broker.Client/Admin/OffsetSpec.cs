namespace Akka.Broker.Client.Admin;

/// <summary>Which offset of a partition is asked for.</summary>
public readonly record struct OffsetSpec
{
    private OffsetSpec(long timestamp) => Timestamp = timestamp;

    /// <summary>A time in ms since 1970, or one of the protocol's special times, which are negative.</summary>
    internal long Timestamp { get; }

    /// <summary>Behind the last record that consumers may read.</summary>
    public static OffsetSpec Latest { get; } = new(-1);

    /// <summary>The first record that is kept.</summary>
    public static OffsetSpec Earliest { get; } = new(-2);

    /// <summary>The record of the highest timestamp.</summary>
    public static OffsetSpec MaxTimestamp { get; } = new(-3);

    /// <summary>The first record of that time or later.</summary>
    public static OffsetSpec ForTimestamp(DateTimeOffset time)
    {
        var ms = time.ToUnixTimeMilliseconds();
        return ms >= 0 ? new OffsetSpec(ms) : throw new ArgumentOutOfRangeException(nameof(time), time, "Times before 1970 have no offsets.");
    }
}

/// <summary>An offset that was asked for.</summary>
/// <param name="Offset">-1: no record is of that time or later.</param>
/// <param name="Timestamp">The record's, if the question was about times.</param>
/// <param name="LeaderEpoch">-1: not known.</param>
public readonly record struct ListedOffset(long Offset, DateTimeOffset? Timestamp, int LeaderEpoch);
