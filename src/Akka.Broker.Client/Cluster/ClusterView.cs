using System.Collections.Immutable;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Cluster;

/// <summary>
/// The cluster as one client knows it: its brokers, and the topics that the client follows. Immutable; a newer one takes its place as a whole.
/// </summary>
/// <param name="ClusterId">Null until a broker has said it.</param>
/// <param name="ControllerId">-1 if nobody is known to be.</param>
/// <param name="Brokers">By id.</param>
/// <param name="Topics">By name: those that were asked for, existing or not.</param>
internal sealed record ClusterView(
    string? ClusterId, int ControllerId, ImmutableDictionary<int, BrokerNode> Brokers, ImmutableDictionary<string, TopicView> Topics)
{
    public static readonly ClusterView Unknown =
        new(null, -1, ImmutableDictionary<int, BrokerNode>.Empty, ImmutableDictionary.Create<string, TopicView>(StringComparer.Ordinal));

    public TopicView? Topic(string name) => Topics.GetValueOrDefault(name);

    /// <summary>Null if the topic or the partition is not known.</summary>
    public PartitionView? Partition(string topic, int partition) =>
        Topics.TryGetValue(topic, out var view) && (uint)partition < (uint)view.Partitions.Length ? view.Partitions[partition] : null;
}

/// <summary>Where a broker serves this client.</summary>
internal sealed record BrokerNode(int Id, string Host, int Port, string? Rack)
{
    public BrokerAddress Address => new(Host, Port);
}

/// <summary>A topic that is followed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Empty if the brokers know no topic ids.</param>
/// <param name="Error">Why there are no partitions: the topic does not exist, or may not be seen.</param>
/// <param name="IsInternal">The cluster's own.</param>
/// <param name="Partitions">At the index of their number.</param>
internal sealed record TopicView(string Name, Guid Id, ErrorCode Error, bool IsInternal, ImmutableArray<PartitionView> Partitions);

/// <summary>A partition of a topic.</summary>
/// <param name="Index">Its number.</param>
/// <param name="LeaderId">-1 while it has none.</param>
/// <param name="LeaderEpoch">-1 if the brokers do not tell it.</param>
/// <param name="Replicas">Broker ids.</param>
/// <param name="Isr">Broker ids.</param>
/// <param name="Error">Why it has no leader, or what else is wrong.</param>
internal sealed record PartitionView(int Index, int LeaderId, int LeaderEpoch, ImmutableArray<int> Replicas, ImmutableArray<int> Isr, ErrorCode Error);
