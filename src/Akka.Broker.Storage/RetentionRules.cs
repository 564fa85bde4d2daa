using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>Which segments may go. Only whole ones do, from the oldest on, none with a record above the high watermark, and never an empty active one.</summary>
internal static class RetentionRules
{
    public static (int Count, string Why) Deletable(
        LogSegment[] segments, long logStartOffset, long logEndOffset, long highWatermark, long nowMs, LogConfig config, IDisk disk)
    {
        var best = (Count: CountWhile(segments, logEndOffset, highWatermark, (_, end) => end <= logStartOffset), Why: "log start");
        if ((config.CleanupPolicy & CleanupPolicy.Delete) == 0)
            return best;
        if (config.RetentionMs >= 0)
            best = Larger(best, (CountWhile(segments, logEndOffset, highWatermark, (s, _) => nowMs - LastTimeOf(s, disk) > config.RetentionMs), "retention.ms"));
        if (config.RetentionBytes >= 0)
        {
            var excess = -config.RetentionBytes;
            foreach (var segment in segments)
                excess += segment.Size;
            best = Larger(best, (CountWhile(segments, logEndOffset, highWatermark, (s, _) => (excess -= s.Size) >= 0), "retention.bytes"));
        }
        return best;
    }

    private static int CountWhile(LogSegment[] segments, long logEndOffset, long highWatermark, Func<LogSegment, long, bool> mayGo)
    {
        for (var i = 0; i < segments.Length; i++)
        {
            var isActive = i == segments.Length - 1;
            var end = isActive ? logEndOffset : segments[i + 1].BaseOffset;
            if (end > highWatermark || (isActive && segments[i].Size == 0) || !mayGo(segments[i], end))
                return i;
        }
        return segments.Length;
    }

    /// <summary>The newest record's time; without timestamps, the file's.</summary>
    public static long LastTimeOf(LogSegment segment, IDisk disk) =>
        segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : disk.LastWriteTimeMs(segment.LogPath);

    private static (int Count, string Why) Larger((int Count, string Why) one, (int Count, string Why) other) => other.Count > one.Count ? other : one;
}
