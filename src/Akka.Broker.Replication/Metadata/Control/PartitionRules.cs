using System.Collections.Immutable;
using System.Globalization;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>What an image says of who may lead a partition and when its watermark stands still.</summary>
/// <param name="image">Whose brokers and settings count.</param>
/// <param name="configs">The controller's, for <c>unclean.leader.election.enable</c> where neither the topic nor the cluster says.</param>
internal sealed class PartitionRules(MetadataImage image, ConfigResolver configs)
{
    public MetadataImage Image { get; } = image;

    /// <summary>
    /// <c>min.insync.replicas</c> of the topic as <paramref name="leader"/> resolves it: the set value, or the one that this broker was started with; never
    /// more than there are replicas.
    /// </summary>
    public int MinInsyncReplicas(TopicImage topic, int leader, int replicas)
    {
        const string name = TopicConfig.MinInsyncReplicas;
        var set = topic.Configs.TryGetValue(name, out var own) ? own
            : Image.BrokerConfigs.TryGetValue(leader, out var broker) && broker.TryGetValue(name, out var ofBroker) ? ofBroker
            : Image.ClusterConfigs.GetValueOrDefault(name);
        var min = set is not null ? int.Parse(set, CultureInfo.InvariantCulture)
            : Image.Brokers.TryGetValue(leader, out var registered) ? registered.MinInsyncReplicas : 1;
        return Math.Min(min, replicas);
    }

    /// <summary>
    /// Whether replicas may go until only those are left: nobody goes who has all that is acknowledged, or <c>min.insync.replicas</c> of those that stay are in sync.
    /// Else a record would be on fewer disks than its producer was promised.
    /// </summary>
    /// <param name="topic">The partition's.</param>
    /// <param name="before">The partition as it is.</param>
    /// <param name="isr">Who is in sync with the change.</param>
    /// <param name="staying">Who is left.</param>
    public bool MayShrinkTo(TopicImage topic, PartitionImage before, ImmutableArray<int> isr, ImmutableArray<int> staying) =>
        before.Isr.Union(before.Elr).Union(before.LastKnownElr).All(staying.Contains)
        || isr.Count(r => staying.Contains(r)) >= MinInsyncReplicas(topic, before.Leader, staying.Length);

    /// <summary><c>unclean.leader.election.enable</c></summary>
    public bool AllowsUncleanElection(TopicImage topic)
    {
        Invariant.Check(TopicConfig.TryGet(TopicConfig.UncleanLeaderElectionEnable, out var definition));
        return configs.ValueOf(Image, topic, definition) == "true";
    }
}
