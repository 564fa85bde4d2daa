namespace Akka.Broker.Storage.Compaction;

/// <summary>What one run over a log did.</summary>
/// <param name="Log">Which.</param>
/// <param name="FirstDirtyOffset">Where it began to read keys.</param>
/// <param name="EndOffset">Below it, no key is there twice now. That of the beginning if the log changed meanwhile, and the run was of no use.</param>
/// <param name="Keys">How many different keys there were from the first dirty offset on.</param>
/// <param name="BytesBefore">Of the segments that it went over.</param>
/// <param name="BytesAfter">Of those that took their place.</param>
/// <param name="BytesRead">From the disk: the dirty part twice.</param>
/// <param name="BytesWritten">To the disk.</param>
/// <param name="MapBytes">What the map of keys took.</param>
/// <param name="Took">Waiting for the throttle included.</param>
public sealed record CompactionReport(
    string Log,
    long FirstDirtyOffset,
    long EndOffset,
    int Keys,
    long BytesBefore,
    long BytesAfter,
    long BytesRead,
    long BytesWritten,
    long MapBytes,
    TimeSpan Took);

/// <summary>What a node's compaction has done since it was started. Immutable.</summary>
/// <param name="Runs">Over a log, each.</param>
/// <param name="BytesRead">In all.</param>
/// <param name="BytesWritten">In all.</param>
/// <param name="Failing">Logs that cannot be compacted, and why.</param>
public sealed record CompactionTotals(long Runs, long BytesRead, long BytesWritten, IReadOnlyDictionary<string, string> Failing)
{
    public static readonly CompactionTotals None = new(0, 0, 0, new Dictionary<string, string>());
}
