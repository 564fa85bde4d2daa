using System.Text.RegularExpressions;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Cmd.Access;

/// <summary>A partition of a topic.</summary>
internal readonly record struct SelectedPartition(TopicImage Topic, PartitionImage Partition)
{
    public TopicPartition Name => new(Topic.Name, Partition.Partition);
}

/// <summary>Which topics and partitions an operator means.</summary>
internal static class Selection
{
    public const string TopicHelp = "The topic, or /a regular expression/ for several";
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromSeconds(1);
    private static readonly string[] Filters = ["under-replicated", "under-min-isr", "at-min-isr", "unavailable"];

    public static VerbBuilder Filtered(this VerbBuilder verb) => verb
        .Flag(Filters[0], "Only where a replica is not in sync")
        .Flag(Filters[1], "Only where fewer replicas are in sync than min.insync.replicas")
        .Flag(Filters[2], "Only where as many are in sync as min.insync.replicas asks for, and no more")
        .Flag(Filters[3], "Only what has no leader");

    /// <summary>By name; a regular expression stands between slashes.</summary>
    /// <exception cref="VerbException">There is none of that name, or none that matches.</exception>
    public static IReadOnlyList<TopicImage> Topics(this VerbContext context, string? pattern, bool withInternal = false)
    {
        var image = context.Image;
        if (pattern is null)
            return [.. image.Topics.Values.Where(t => withInternal || !t.IsInternal).OrderBy(t => t.Name, StringComparer.Ordinal)];
        if (pattern.Length < 2 || pattern[0] != '/' || pattern[^1] != '/')
            return [Topic(context, pattern)];
        var regex = Compile(pattern[1..^1]);
        var matching = image.Topics.Values.Where(t => regex.IsMatch(t.Name)).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        return matching.Count > 0 ? matching : throw new VerbException($"No topic matches {pattern}; there are {Some(image.Topics.Keys)}.");
    }

    /// <exception cref="VerbException">There is none of that name.</exception>
    public static TopicImage Topic(this VerbContext context, string name) =>
        context.Image.TryGetTopic(name, out var topic) ? topic : throw new VerbException($"There is no topic '{name}'; there are {Some(context.Image.Topics.Keys)}.");

    /// <summary>All partitions, or those that are listed.</summary>
    /// <exception cref="VerbException">There is none of that number.</exception>
    public static IReadOnlyList<SelectedPartition> Partitions(TopicImage topic, IReadOnlyList<int> numbers)
    {
        foreach (var number in numbers.Where(n => !topic.TryGetPartition(n, out _)))
            throw new VerbException($"{topic.Name} has no partition {number}; allowed: 0 to {topic.Partitions.Length - 1}.");
        return [.. topic.Partitions.Where(p => numbers.Count == 0 || numbers.Contains(p.Partition)).Select(p => new SelectedPartition(topic, p))];
    }

    /// <summary>What the verb's filters let through; all if it has none.</summary>
    public static Func<SelectedPartition, bool> Filter(this VerbContext context)
    {
        var wanted = Filters.Where(context.Arguments.Flag).ToList();
        return wanted.Count == 0 ? _ => true : selected => wanted.Exists(f => Passes(context, selected, f));
    }

    /// <summary>How many in-sync replicas a partition needs for acks=all: the topic's setting, or all that it has if those are fewer.</summary>
    public static int InSyncNeeded(this VerbContext context, TopicImage topic, PartitionImage partition) =>
        Math.Min(context.MinInsyncReplicas(topic), partition.Replicas.Length);

    public static int MinInsyncReplicas(this VerbContext context, TopicImage topic) =>
        int.Parse(ValueOf(context, topic, TopicConfig.MinInsyncReplicas), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A topic's setting as it holds on this broker.</summary>
    public static string ValueOf(VerbContext context, TopicImage topic, string setting)
    {
        Invariant.Check(TopicConfig.TryGet(setting, out var definition));
        return new ConfigResolver(context.Node.Settings.NodeId, context.Node.Settings.StaticConfigs).ValueOf(context.Image, topic, definition!);
    }

    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, MatchTimeMax);
        }
        catch (ArgumentException mistake)
        {
            throw new VerbException($"/{pattern}/ is no regular expression: {mistake.Message}");
        }
    }

    public static string Some(IEnumerable<string> names)
    {
        const int shown = 10;
        var all = names.Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "none" : all.Count <= shown ? string.Join(", ", all) : $"{string.Join(", ", all.Take(shown))} and {all.Count - shown} more";
    }

    private static bool Passes(VerbContext context, SelectedPartition selected, string filter)
    {
        var (topic, partition) = selected;
        return filter switch
        {
            "under-replicated" => partition.Isr.Length < partition.TargetReplicas.Length,
            "under-min-isr" => partition.Isr.Length < context.InSyncNeeded(topic, partition),
            "at-min-isr" => partition.Isr.Length == context.InSyncNeeded(topic, partition),
            _ => !partition.HasLeader || !context.Image.IsAlive(partition.Leader),
        };
    }
}
