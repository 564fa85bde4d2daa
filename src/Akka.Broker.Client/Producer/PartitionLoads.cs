using Akka.Broker.Client.Cluster;

namespace Akka.Broker.Client.Producing;

/// <summary>Tells a topic's sticky partitioner how many batches wait for each partition (KIP-794). The sender's.</summary>
internal static class PartitionLoads
{
    /// <param name="topic">Whose.</param>
    /// <param name="view">Who leads what.</param>
    /// <param name="brokers">What is known of the leaders.</param>
    /// <param name="availabilityMs">A broker that took nothing for so long, though batches wait for it, gets none; 0: it does.</param>
    /// <param name="now">The monotonic clock.</param>
    public static void Spread(TopicQueue topic, ClusterView view, Dictionary<int, BrokerTraffic> brokers, long availabilityMs, long now)
    {
        if (view.Topic(topic.Name) is not { } known)
            return;
        Span<int> loads = known.Partitions.Length <= 256 ? stackalloc int[known.Partitions.Length] : new int[known.Partitions.Length];
        var count = 0;
        var hasLeaders = false;
        foreach (var partition in known.Partitions)
            hasLeaders |= partition.LeaderId >= 0;
        var queues = topic.Partitions;
        foreach (var partition in known.Partitions)
        {
            if (hasLeaders && partition.LeaderId < 0)
                continue;
            var queue = queues[partition.Index];
            var waiting = queue.WaitingCount;
            var isStuck = availabilityMs > 0 && waiting > 0 && now - queue.WaitingSinceMs > availabilityMs
                && brokers.TryGetValue(partition.LeaderId, out var broker) && now - broker.LastProgressMs > availabilityMs;
            loads[count++] = isStuck ? -1 : waiting;
        }
        topic.Sticky.SetLoads(loads[..count]);
    }
}
