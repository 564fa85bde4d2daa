namespace Akka.Broker.Client;

/// <summary>A committed offset: that of the next record to be read.</summary>
/// <param name="Offset">The next record's.</param>
/// <param name="Metadata">Kept beside it; limited by the broker (4 KiB).</param>
public sealed record OffsetAndMetadata(long Offset, string Metadata = "")
{
    /// <summary>Of the last record before the offset, -1 if unknown; by it a reader finds out that a log was cut.</summary>
    public int LeaderEpoch { get; init; } = -1;
}
