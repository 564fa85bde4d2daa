using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// Reads one partition for a fetch: finds who leads or, for consumers that may, follows here, checks epochs and offset, and takes the file range. Thread-safe; it never
/// enters a mailbox.
/// </summary>
internal sealed class PartitionFetcher(int nodeId, MetadataCache metadata, LedPartitions led, LedPartitions followed, Func<bool> isLeaseHeld)
{
    /// <summary>The partition if it may be read here by this request; else null and the answer that says why.</summary>
    public LedPartition? Find(FetchedPartition fetched, in FetchReader reader, out PartitionData? refusal)
    {
        var image = metadata.Current;
        var (topicName, topicId, number) = fetched.Key;
        TopicImage? topic;
        var isById = topicName.Length == 0;
        if (isById ? !image.TryGetTopic(topicId, out topic) : !image.TryGetTopic(topicName, out topic))
        {
            refusal = Refuse(number, isById ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
            return null;
        }
        if (!topic!.TryGetPartition(number, out var partition))
        {
            refusal = Refuse(number, ErrorCode.UnknownTopicOrPartition);
            return null;
        }
        var serving = partition.Leader == nodeId ? led : reader.MayReadFollowers ? followed : null;
        if (serving is null || !serving.TryGet(new TopicPartition(topic.Name, number), out var found) || found.IsClosed || found.Id.TopicId != topic.Id)
        {
            refusal = Refuse(number, ErrorCode.NotLeaderOrFollower);
            if (partition.HasLeader && partition.Leader != nodeId)
                refusal.CurrentLeader = new() { LeaderId = partition.Leader, LeaderEpoch = partition.LeaderEpoch };
            return null;
        }
        // A replica that this metadata does not know has seen newer.
        refusal = reader.IsReplica && !partition.Replicas.Contains(reader.Broker)
            ? Refuse(number, ErrorCode.UnknownLeaderEpoch)
            : Check(fetched.Requested, found, reader);
        if (refusal?.ErrorCode == ErrorCode.OffsetOutOfRange && IsBeyondReplacedLeader(fetched, found, serving))
            refusal = Refuse(number, ErrorCode.NotLeaderOrFollower);
        return refusal is null ? found : null;
    }

    /// <summary>Takes up to <paramref name="maxBytes"/>, of the first batch all; nothing if <paramref name="maxBytes"/> is 0 and no batch is owed.</summary>
    public static PartitionData Read(LedPartition partition, FetchedPartition fetched, int maxBytes, bool owesOneBatch, ReadLimit reading)
    {
        var requested = fetched.Requested;
        var view = partition.View;
        var readCommitted = reading == ReadLimit.LastStableOffset;
        var limit = reading.Of(view);
        var data = new PartitionData
        {
            PartitionIndex = requested.Partition,
            HighWatermark = view.HighWatermark,
            LastStableOffset = view.LastStableOffset,
            LogStartOffset = view.LogStartOffset,
            AbortedTransactions = readCommitted ? [] : null,
            Records = MemoryRecords.Empty,
        };
        if (requested.FetchOffset >= limit || (maxBytes <= 0 && !owesOneBatch))
            return data;
        try
        {
            var records = partition.Log.Read(requested.FetchOffset, Math.Max(0, maxBytes), limit, owesOneBatch);
            if (records.SizeInBytes == 0)
            {
                records.Dispose();
                return data;
            }
            data.Records = records;
            if (readCommitted)
            {
                foreach (var aborted in partition.Log.AbortedTransactions(requested.FetchOffset, limit))
                    data.AbortedTransactions!.Add(new() { ProducerId = aborted.ProducerId, FirstOffset = aborted.FirstOffset });
            }
            return data;
        }
        catch (OffsetOutOfRangeException)
        {
            return Refuse(requested.Partition, ErrorCode.OffsetOutOfRange);
        }
        catch (LogClosedException)
        {
            return Refuse(requested.Partition, ErrorCode.NotLeaderOrFollower);
        }
        catch (Exception cause) when (cause is IOException or StorageException)
        {
            return Refuse(requested.Partition, ErrorCode.KafkaStorageError);
        }
    }

    /// <summary>No records: the consumer is to ask another replica, which is nearer to it.</summary>
    public static PartitionData Redirect(LedPartition partition, FetchedPartition fetched, int replica)
    {
        var view = partition.View;
        return new()
        {
            PartitionIndex = fetched.Requested.Partition,
            HighWatermark = view.HighWatermark,
            LastStableOffset = view.LastStableOffset,
            LogStartOffset = view.LogStartOffset,
            PreferredReadReplica = replica,
            Records = MemoryRecords.Empty,
        };
    }

    /// <summary>
    /// Whether this leader may have been replaced, as after a pause, and its successor have what is asked for. "Out of range" would be a lie that costs a consumer its
    /// position: it begins anew where its <c>auto.offset.reset</c> says. The lease is asked after the log's end: while it was held nobody else led.
    /// </summary>
    private bool IsBeyondReplacedLeader(FetchedPartition fetched, LedPartition found, LedPartitions serving) =>
        serving == led && fetched.Requested.FetchOffset > found.View.LogEndOffset && !isLeaseHeld();

    private static PartitionData? Check(FetchRequest.FetchPartition requested, LedPartition partition, in FetchReader reader)
    {
        var view = partition.View;
        var fetch = new ReplicaFetch(requested.CurrentLeaderEpoch, requested.FetchOffset, requested.LastFetchedEpoch, requested.LogStartOffset);
        var verdict = FetchRules.Check(fetch, view.LeaderEpoch, view.LogStartOffset, view.LogEndOffset, partition.Epochs);
        if (verdict.Diverging is { } end)
            return Diverging(requested.Partition, view, end.Epoch, end.Offset);
        if (verdict.Error == ErrorCode.None)
            return null;
        var refusal = Refuse(requested.Partition, verdict.Error);
        // By this a follower finds back at once.
        if (reader.IsReplica && verdict.Error == ErrorCode.OffsetOutOfRange)
            refusal.LogStartOffset = view.LogStartOffset;
        return refusal;
    }

    private static PartitionData Diverging(int partition, PartitionView view, int epoch, long endOffset) => new()
    {
        PartitionIndex = partition,
        HighWatermark = view.HighWatermark,
        LastStableOffset = view.LastStableOffset,
        LogStartOffset = view.LogStartOffset,
        DivergingEpoch = new() { Epoch = epoch, EndOffset = endOffset },
        Records = MemoryRecords.Empty,
    };

    private static PartitionData Refuse(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, ErrorCode = error, HighWatermark = -1, Records = MemoryRecords.Empty };
}
