using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;

namespace Akka.Broker.Gateway;

/// <summary>Finds the partitions that this node leads, for requests that name them by topic and number. Thread-safe.</summary>
public sealed class LedPartitionFinder(int nodeId, MetadataCache metadata, LedPartitions led)
{
    /// <summary>The partition, or why it cannot be served here.</summary>
    /// <param name="topic">Its topic's name.</param>
    /// <param name="partition">Its number.</param>
    /// <param name="currentLeaderEpoch">The epoch that the client believes in, -1 if it does not say.</param>
    /// <param name="found">The partition, null with an error.</param>
    public ErrorCode Find(string topic, int partition, int currentLeaderEpoch, out LedPartition? found)
    {
        found = null;
        if (!metadata.Current.TryGetTopic(topic, out var image) || !image.TryGetPartition(partition, out var partitionImage))
            return ErrorCode.UnknownTopicOrPartition;
        if (partitionImage.Leader != nodeId || !led.TryGet(new TopicPartition(topic, partition), out var candidate)
            || candidate.IsClosed || candidate.Id.TopicId != image.Id)
        {
            return ErrorCode.NotLeaderOrFollower;
        }
        var epoch = candidate.View.LeaderEpoch;
        if (currentLeaderEpoch >= 0 && currentLeaderEpoch != epoch)
            return currentLeaderEpoch < epoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        found = candidate;
        return ErrorCode.None;
    }
}
