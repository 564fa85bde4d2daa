using Akka.Broker.Partitions;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>Up to where a partition is read: replicas to the log's end, consumers to the watermark, those that read committed records to the last stable offset.</summary>
internal enum ReadLimit : byte
{
    HighWatermark,
    LastStableOffset,
    LogEnd,
}

internal static class ReadLimits
{
    public static long Of(this ReadLimit limit, PartitionView view) => limit switch
    {
        ReadLimit.LogEnd => view.LogEndOffset,
        ReadLimit.LastStableOffset => view.LastStableOffset,
        _ => view.HighWatermark,
    };
}
