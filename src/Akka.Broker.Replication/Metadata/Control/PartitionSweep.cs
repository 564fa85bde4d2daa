using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>The same event for many partitions: their changes as records, and what came of it in a few lines.</summary>
internal sealed class PartitionSweep(PartitionRules rules)
{
    /// <summary>Of the partitions that nobody can lead so many are named.</summary>
    private const int NamedMax = 5;

    private readonly List<DecisionLine> _lines = [];
    private readonly List<TopicIdPartition> _leaderless = [];
    private readonly List<TopicIdPartition> _lastKnown = [];

    public List<IMessage> Records { get; } = [];

    /// <summary>Partitions that got another leader.</summary>
    public int Elected { get; private set; }

    /// <summary>Of all partitions those that <paramref name="concerns"/>, changed as <paramref name="change"/> says; by topic name and number.</summary>
    public void Over(Func<PartitionImage, bool> concerns, Action<PartitionImage, PartitionChange> change)
    {
        foreach (var topic in rules.Image.TopicsById.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            foreach (var partition in topic.Partitions)
            {
                if (concerns(partition))
                    Add(topic, partition, c => change(partition, c));
            }
        }
    }

    /// <summary>What became of the partition; null if nothing did.</summary>
    public PartitionChange? Add(TopicImage topic, PartitionImage partition, Action<PartitionChange> configure)
    {
        var change = new PartitionChange(rules, topic, partition);
        configure(change);
        if (change.Build() is not { } record)
            return null;
        Records.Add(record);
        if (change.Outcome is ElectionOutcome.Clean or ElectionOutcome.LastKnown or ElectionOutcome.Unclean)
            Elected++;
        if (change.Outcome == ElectionOutcome.None)
            _leaderless.Add(topic.IdOf(partition.Partition));
        if (change.Outcome == ElectionOutcome.LastKnown)
            _lastKnown.Add(topic.IdOf(partition.Partition));
        if (change.Outcome == ElectionOutcome.Unclean)
            _lines.Add(new DecisionLine("leader-elected-unclean", change.UncleanLine(), IsWarning: true));
        if (change.CompletesMove)
            _lines.Add(new DecisionLine("partition-moved", $"Partition {topic.IdOf(partition.Partition)} has moved to brokers {PartitionChange.List(change.Replicas)}."));
        return change;
    }

    /// <summary>The lines, the headline first, where there is one.</summary>
    public IReadOnlyList<DecisionLine> Lines(DecisionLine? headline = null)
    {
        var lines = new List<DecisionLine>(_lines.Count + 2);
        if (headline is not null)
            lines.Add(headline.Value);
        if (_leaderless.Count > 0)
        {
            lines.Add(new DecisionLine(
                "partitions-leaderless",
                $"{_leaderless.Count} partitions have no leader until a replica that has all their acknowledged records is back: {Named(_leaderless)}. "
                + "An unclean election (ElectLeaders) serves them with what is left.",
                IsWarning: true));
        }
        if (_lastKnown.Count > 0)
        {
            lines.Add(new DecisionLine(
                "leaders-elected-last-known",
                $"All in-sync replicas of {_lastKnown.Count} partitions have crashed; the one with the most complete log leads on with what its disk has: {Named(_lastKnown)}. "
                + "What none of them had synced is lost; the new leader says at which offset each log ends.",
                IsWarning: true));
        }
        lines.AddRange(_lines);
        return lines;
    }

    private static string Named(List<TopicIdPartition> partitions) =>
        string.Join(", ", partitions.Take(NamedMax)) + (partitions.Count > NamedMax ? ", …" : "");
}
