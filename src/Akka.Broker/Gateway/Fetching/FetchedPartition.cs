using Akka.Broker.Protocol;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;
using Requested = Akka.Broker.Protocol.Messages.FetchRequest.FetchPartition;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// One partition of a fetch: what is asked of it, and, in a session, what the client was last told. A session's are used by one request at a time.
/// </summary>
internal sealed class FetchedPartition(FetchKey key, Requested requested)
{
    private long _toldHighWatermark = -1;
    private long _toldLogStartOffset = -1;

    public FetchKey Key { get; } = key;

    /// <summary>Position, limit and epoch that the client named last.</summary>
    public Requested Requested { get; set; } = requested;

    /// <summary>The place in the session's order; null outside sessions.</summary>
    public LinkedListNode<FetchedPartition>? Node { get; set; }

    /// <summary>In a follower's session: what happens to it.</summary>
    public FollowerSession.Watch? Watch { get; set; }

    /// <summary>Whether the asker was not told this watermark, or this log start, in its session, or an error since: neither has a size by which it would be waited for.</summary>
    public bool IsUntold(long highWatermark, long logStartOffset) => highWatermark != _toldHighWatermark || logStartOffset != _toldLogStartOffset;

    /// <summary>Whether it is to be told so at once: a log start, for which somebody may wait who has deleted records, and the first watermark, also after an error.</summary>
    public bool IsUntoldAtOnce(long logStartOffset) => logStartOffset != _toldLogStartOffset || _toldHighWatermark < 0;

    /// <summary>Whether an incremental response must name this partition; notes that it is told.</summary>
    public bool TakeNews(PartitionData data)
    {
        var isNews = data.Records is { SizeInBytes: > 0 }
            || data.HighWatermark != _toldHighWatermark
            || data.LogStartOffset != _toldLogStartOffset
            || data.DivergingEpoch is not null
            || data.PreferredReadReplica >= 0
            || data.ErrorCode != ErrorCode.None;
        _toldLogStartOffset = data.LogStartOffset;
        // An error, or its end, is told each time.
        _toldHighWatermark = data.ErrorCode == ErrorCode.None ? data.HighWatermark : -1;
        return isNews;
    }
}
