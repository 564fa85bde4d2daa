namespace Akka.Broker.Storage.Compaction;

/// <summary>How a node compacts its logs.</summary>
public sealed record LogCleanerOptions
{
    /// <summary><c>log.cleaner.enable</c></summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary><c>log.cleaner.dedupe.buffer.size</c>: what the map of keys may take. One that is full leaves the rest of the dirty part to the next run.</summary>
    public long DedupeBufferBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary><c>log.cleaner.io.buffer.size</c>: of the read and of the write buffer together; a larger batch has a larger one for as long as the run lasts.</summary>
    public int IoBufferBytes { get; init; } = 512 * 1024;

    /// <summary><c>log.cleaner.io.max.bytes.per.second</c>: read and written together.</summary>
    public long IoBytesPerSecondMax { get; init; } = long.MaxValue;

    /// <summary><c>log.cleaner.backoff.ms</c>: how often it is looked for something to do.</summary>
    public long BackoffMs { get; init; } = 15_000;
}
