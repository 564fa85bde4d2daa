namespace Akka.Broker.Storage.Scrubbing;

/// <summary>How a node looks for damage in its logs.</summary>
public sealed record LogScrubberOptions
{
    /// <summary><c>log.scrub.enable</c></summary>
    public bool IsEnabled { get; init; }

    /// <summary><c>log.scrub.interval.ms</c>: from the beginning of one round to that of the next.</summary>
    public long IntervalMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>log.scrub.io.max.bytes.per.second</c>: what a round may read. Repairs are not held back.</summary>
    public long IoBytesPerSecondMax { get; init; } = 4 * 1024 * 1024;
}

/// <summary>What a node's scrubbing has done since it was started. Immutable.</summary>
/// <param name="Rounds">Over all logs, each.</param>
/// <param name="BytesRead">In all.</param>
/// <param name="Repaired">Segments, each time.</param>
/// <param name="BytesRepaired">Of batches that were taken from other replicas.</param>
/// <param name="Damaged">Segments that are damaged now, by their path, and why they are not repaired.</param>
public sealed record ScrubTotals(long Rounds, long BytesRead, long Repaired, long BytesRepaired, IReadOnlyDictionary<string, string> Damaged);
