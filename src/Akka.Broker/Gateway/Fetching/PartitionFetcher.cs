using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>Reads one partition for a fetch: finds who leads, checks epochs and offset, and takes the file range. Thread-safe; it never enters a mailbox.</summary>
internal sealed class PartitionFetcher(int nodeId, MetadataCache metadata, LedPartitions led)
{
    /// <summary>The partition if it is led here and may be read by this request; else null and the answer that says why.</summary>
    public LedPartition? Find(FetchedPartition fetched, out PartitionData? refusal)
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
        if (partition.Leader != nodeId || !led.TryGet(new TopicPartition(topic.Name, number), out var found) || found.IsClosed || found.Id.TopicId != topic.Id)
        {
            refusal = Refuse(number, ErrorCode.NotLeaderOrFollower);
            if (partition.HasLeader && partition.Leader != nodeId)
                refusal.CurrentLeader = new() { LeaderId = partition.Leader, LeaderEpoch = partition.LeaderEpoch };
            return null;
        }
        refusal = Check(fetched.Requested, found);
        return refusal is null ? found : null;
    }

    /// <summary>Up to where the request may read.</summary>
    public static long LimitOf(PartitionView view, bool readCommitted) => readCommitted ? view.LastStableOffset : view.HighWatermark;

    /// <summary>Takes up to <paramref name="maxBytes"/>, of the first batch all; nothing if <paramref name="maxBytes"/> is 0 and no batch is owed.</summary>
    public static PartitionData Read(LedPartition partition, FetchedPartition fetched, int maxBytes, bool owesOneBatch, bool readCommitted)
    {
        var requested = fetched.Requested;
        var view = partition.View;
        var limit = LimitOf(view, readCommitted);
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

    private static PartitionData? Check(FetchRequest.FetchPartition requested, LedPartition partition)
    {
        var view = partition.View;
        if (requested.CurrentLeaderEpoch >= 0 && requested.CurrentLeaderEpoch != view.LeaderEpoch)
        {
            return Refuse(
                requested.Partition, requested.CurrentLeaderEpoch < view.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch);
        }
        if (requested.LastFetchedEpoch >= 0)
        {
            var end = partition.Log.LeaderEpochs.EndOffsetFor(requested.LastFetchedEpoch, view.LogEndOffset);
            if (end.Epoch < 0 || end.EndOffset < 0)
                return Refuse(requested.Partition, ErrorCode.OffsetOutOfRange);
            if (end.Epoch < requested.LastFetchedEpoch || end.EndOffset < requested.FetchOffset)
                return Diverging(requested.Partition, view, end.Epoch, end.EndOffset);
        }
        return requested.FetchOffset < view.LogStartOffset || requested.FetchOffset > view.LogEndOffset
            ? Refuse(requested.Partition, ErrorCode.OffsetOutOfRange)
            : null;
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
