using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;
using Answer = Akka.Broker.Protocol.Messages.ListOffsetsResponse.ListOffsetsPartitionResponse;
using Asked = Akka.Broker.Protocol.Messages.ListOffsetsRequest.ListOffsetsPartition;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>Offsets by time: the first record at or behind a timestamp, and the special times below. No record beyond what a consumer may read is named.</summary>
public sealed class ListOffsetsHandler(LedPartitionFinder partitions) : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;

    /// <summary>Nothing of a log lies in another tier.</summary>
    private const long LatestTiered = -5;
    private const long EarliestPendingUpload = -6;

    private const short MaxTimestampFrom = 7;
    private const short EarliestLocalFrom = 8;
    private const short LatestTieredFrom = 9;
    private const short EarliestPendingUploadFrom = 11;
    private const short OffsetNotAvailableFrom = 5;
    private const sbyte ReadCommitted = 1;

    public override (short Min, short Max) Versions => (1, 11);

    public override ValueTask<ListOffsetsResponse> HandleAsync(ListOffsetsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new ListOffsetsResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name };
            foreach (var partition in topic.Partitions)
                answer.Partitions.Add(Find(topic.Name, partition, request.IsolationLevel == ReadCommitted, context.ApiVersion));
            response.Topics.Add(answer);
        }
        return new(response);
    }

    private Answer Find(string topic, Asked asked, bool readCommitted, short version)
    {
        var error = partitions.Find(topic, asked.PartitionIndex, asked.CurrentLeaderEpoch, out var partition);
        if (error != ErrorCode.None)
            return Refuse(asked, error);
        try
        {
            return Find(partition!, asked, readCommitted, version);
        }
        catch (LogClosedException)
        {
            return Refuse(asked, ErrorCode.NotLeaderOrFollower);
        }
        catch (Exception cause) when (cause is IOException or StorageException)
        {
            return Refuse(asked, ErrorCode.KafkaStorageError);
        }
    }

    private static Answer Find(LedPartition partition, Asked asked, bool readCommitted, short version)
    {
        var view = partition.View;
        var log = partition.Log;
        var limit = readCommitted ? view.LastStableOffset : view.HighWatermark;
        return asked.Timestamp switch
        {
            // An earlier leader may have shown a later one (KIP-207).
            Latest when !view.IsWatermarkCurrent =>
                Refuse(asked, version >= OffsetNotAvailableFrom ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable),
            Latest => At(asked, limit, view.LeaderEpoch),
            Earliest => At(asked, view.LogStartOffset, log.LeaderEpochs.EpochOf(view.LogStartOffset)),
            EarliestLocal when version >= EarliestLocalFrom => At(asked, view.LogStartOffset, log.LeaderEpochs.EpochOf(view.LogStartOffset)),
            MaxTimestamp when version >= MaxTimestampFrom => At(asked, log.MaxTimestampOffset(), limit),
            LatestTiered when version >= LatestTieredFrom => At(asked, null, limit),
            EarliestPendingUpload when version >= EarliestPendingUploadFrom => At(asked, null, limit),
            >= 0 => At(asked, log.OffsetForTimestamp(asked.Timestamp), limit),
            _ => Refuse(asked, ErrorCode.UnsupportedVersion),
        };
    }

    private static Answer At(Asked asked, long offset, int leaderEpoch) => new() { PartitionIndex = asked.PartitionIndex, Offset = offset, LeaderEpoch = leaderEpoch };

    private static Answer At(Asked asked, TimestampedOffset? found, long limit) =>
        found is { } record && record.Offset < limit
            ? new() { PartitionIndex = asked.PartitionIndex, Timestamp = record.TimestampMs, Offset = record.Offset, LeaderEpoch = record.LeaderEpoch }
            : new() { PartitionIndex = asked.PartitionIndex };

    private static Answer Refuse(Asked asked, ErrorCode error) => new() { PartitionIndex = asked.PartitionIndex, ErrorCode = error };
}
