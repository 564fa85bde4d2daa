namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// Internal topics are made with as many replicas as there are brokers, three at most; as brokers join, their partitions get the replicas that they lack.
/// New replicas go where the topic has the fewest, in other racks first, and the preferred leaders are spread anew.
/// </summary>
internal sealed class InternalTopicGrower(MetadataImage image, ConfigResolver configs, ControllerDefaults defaults)
{
    private readonly List<BrokerImage> _active = [.. image.Brokers.Values.Where(b => b.IsActive)];

    /// <summary>Answers how many partitions get replicas.</summary>
    public Decision<int> Grow()
    {
        var factor = Math.Min(defaults.OffsetsTopicReplicationFactor, _active.Count);
        if (image.MetadataVersion < MetadataVersion.Cluster || !image.Topics.Values.Any(t => t.IsInternal && t.Partitions.Any(p => Lacks(p, factor))))
            return new Decision<int>([], 0);
        var sweep = new PartitionSweep(new PartitionRules(image, configs));
        var lines = new List<DecisionLine>();
        foreach (var topic in image.Topics.Values.Where(t => t.IsInternal).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var before = sweep.Records.Count;
            Grow(topic, factor, sweep);
            if (sweep.Records.Count > before)
                lines.Add(new DecisionLine("internal-topic-grown", $"{sweep.Records.Count - before} partitions of {topic.Name} get {factor} replicas each, now that there are {_active.Count} brokers."));
        }
        return new Decision<int>(sweep.Records, sweep.Records.Count) { Lines = [.. lines, .. sweep.Lines()] };
    }

    private static bool Lacks(PartitionImage partition, int factor) => !partition.IsMoving && partition.HasLeader && partition.Replicas.Length < factor;

    private void Grow(TopicImage topic, int factor, PartitionSweep sweep)
    {
        var held = _active.ToDictionary(b => b.Id, b => topic.Partitions.Count(p => p.Replicas.Contains(b.Id)));
        var preferred = _active.ToDictionary(b => b.Id, b => topic.Partitions.Count(p => p.Replicas[0] == b.Id && !Lacks(p, factor)));
        foreach (var partition in topic.Partitions.Where(p => Lacks(p, factor)))
        {
            var adding = new List<int>();
            while (partition.Replicas.Length + adding.Count < factor)
            {
                var racks = partition.Replicas.Concat(adding).Select(id => image.Brokers.TryGetValue(id, out var b) ? b.Rack : null).ToList();
                var next = _active
                    .Where(b => !partition.Replicas.Contains(b.Id) && !adding.Contains(b.Id))
                    .OrderBy(b => racks.Count(r => r == b.Rack)).ThenBy(b => held[b.Id]).ThenBy(b => b.Id)
                    .FirstOrDefault();
                if (next is null)
                    break;
                adding.Add(next.Id);
                held[next.Id]++;
            }
            if (adding.Count == 0)
                continue;
            var all = partition.Replicas.AddRange(adding);
            var first = all.Where(preferred.ContainsKey).MinBy(id => (preferred[id], id));
            preferred[first]++;
            sweep.Add(topic, partition, change =>
            {
                change.Replicas = [first, .. all.Where(id => id != first)];
                change.Adding = [.. adding];
            });
        }
    }
}
