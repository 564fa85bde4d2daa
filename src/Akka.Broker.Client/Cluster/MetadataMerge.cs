using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>
/// What an answer makes of a view. Brokers learn of a change one after the other, so an answer can be older than the view: a partition keeps the leader of the
/// higher epoch, as long as the topic is the same one by its id.
/// </summary>
internal static class MetadataMerge
{
    public static ClusterView Merge(ClusterView known, MetadataResponse answer)
    {
        var brokers = answer.Brokers.ToImmutableDictionary(b => b.NodeId, b => new BrokerNode(b.NodeId, b.Host, b.Port, b.Rack));
        var topics = known.Topics.ToBuilder();
        foreach (var topic in answer.Topics.Where(t => !string.IsNullOrEmpty(t.Name)))
            topics[topic.Name!] = Topic(known.Topic(topic.Name!), topic);
        return new ClusterView(answer.ClusterId ?? known.ClusterId, answer.ControllerId, brokers, topics.ToImmutable());
    }

    /// <summary>Null if it is nothing new.</summary>
    public static ClusterView? WithLeader(ClusterView known, string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader)
    {
        if (leaderId < 0 || known.Partition(topic, partition) is not { } old || leaderEpoch <= old.LeaderEpoch)
            return null;
        var brokers = leader is null ? known.Brokers : known.Brokers.SetItem(leader.Id, leader);
        if (!brokers.ContainsKey(leaderId))
            return null;
        var view = known.Topic(topic)!;
        var changed = old with { LeaderId = leaderId, LeaderEpoch = leaderEpoch, Error = ErrorCode.None };
        return known with { Brokers = brokers, Topics = known.Topics.SetItem(topic, view with { Partitions = view.Partitions.SetItem(partition, changed) }) };
    }

    /// <summary>Whether every topic is there and every partition has a leader; else it is worth asking again.</summary>
    public static bool IsComplete(ClusterView view) =>
        view.Topics.Values.All(t => !t.Error.IsRetriable() && t.Partitions.All(p => p.LeaderId >= 0 && view.Brokers.ContainsKey(p.LeaderId)));

    private static TopicView Topic(TopicView? known, MetadataResponse.MetadataResponseTopic told)
    {
        // A broker that has not caught up does not know a new topic yet, or its partitions' new leaders: what is known stays better.
        if (told.ErrorCode == ErrorCode.LeaderNotAvailable && told.Partitions.Count == 0 && known is { Partitions.Length: > 0 })
            return known;
        var isSame = known is not null && (known.Id == told.TopicId || known.Id == Guid.Empty || told.TopicId == Guid.Empty);
        var partitions = new PartitionView?[told.Partitions.Count == 0 ? 0 : told.Partitions.Max(p => p.PartitionIndex) + 1];
        foreach (var partition in told.Partitions)
        {
            var old = isSame && partition.PartitionIndex < known!.Partitions.Length ? known.Partitions[partition.PartitionIndex] : null;
            partitions[partition.PartitionIndex] = old is not null && partition.LeaderEpoch >= 0 && old.LeaderEpoch > partition.LeaderEpoch
                ? old
                : new PartitionView(
                    partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch, [.. partition.ReplicaNodes], [.. partition.IsrNodes], partition.ErrorCode);
        }
        var all = partitions.Select((p, i) => p ?? new PartitionView(i, -1, -1, [], [], ErrorCode.UnknownTopicOrPartition));
        return new TopicView(told.Name!, told.TopicId, told.ErrorCode, told.IsInternal, [.. all]);
    }
}
