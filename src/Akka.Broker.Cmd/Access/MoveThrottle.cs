using System.Globalization;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Planning;

namespace Akka.Broker.Cmd.Access;

/// <summary>
/// Holds moves back so that they leave room for clients, by Kafka's own settings (KIP-73): each broker that sends or takes in gets a rate, and each topic that moves
/// names the replicas that are held back. They stay until they are taken away, since nobody but the operator knows when the last move of a plan is done.
/// </summary>
internal static class MoveThrottle
{
    public const string Name = "throttle";
    public const string Help = "Bytes a second that each broker sends, and takes in, for these moves at most; 'partition reassign unthrottle' ends it";
    private static readonly string[] Rates = [BrokerConfig.LeaderThrottledRate, BrokerConfig.FollowerThrottledRate];
    private static readonly string[] Replicas = [TopicConfig.LeaderThrottledReplicas, TopicConfig.FollowerThrottledReplicas];

    /// <summary>Null if none was asked for.</summary>
    /// <exception cref="VerbException">It is none.</exception>
    public static long? Of(VerbContext context) => !context.Arguments.Has(Name)
        ? null
        : context.Arguments.Bytes(Name, 0) is > 0 and var rate ? rate : throw new VerbException($"--{Name} is 0; allowed: at least 1 byte a second.");

    /// <summary>Before the moves begin, so that none gets ahead of it.</summary>
    public static async Task SetAsync(VerbContext context, IReadOnlyList<PlannedMove> moves, long rate)
    {
        var text = rate.ToString(CultureInfo.InvariantCulture);
        var brokers = moves.SelectMany(m => m.From.Concat(m.To)).Distinct().Where(context.Image.Brokers.ContainsKey).Select(b => b.ToString(CultureInfo.InvariantCulture));
        await SettingsQuery.AlterAsync(context, ConfigResourceType.Broker, brokers, [.. Rates.Select(r => new SettingChange(r, text))], validateOnly: false).ConfigureAwait(false);
        foreach (var topic in moves.GroupBy(m => m.Partition.Topic))
        {
            SettingChange[] changes =
            [
                new(TopicConfig.LeaderThrottledReplicas, Listed(topic.SelectMany(m => m.From.Select(b => (m.Partition, b))))),
                new(TopicConfig.FollowerThrottledReplicas, Listed(topic.SelectMany(m => m.Copies.Select(b => (m.Partition, b))))),
            ];
            await SettingsQuery.AlterAsync(context, ConfigResourceType.Topic, [topic.Key], changes, validateOnly: false).ConfigureAwait(false);
        }
        context.SayUnlessJson($"The moves are held to {text} bytes a second of each broker; 'partition reassign unthrottle' ends that.");
    }

    /// <summary>Topics that name throttled replicas.</summary>
    public static IReadOnlyList<TopicImage> Topics(MetadataImage image) =>
        [.. image.Topics.Values.Where(t => Replicas.Any(t.Configs.ContainsKey)).OrderBy(t => t.Name, StringComparer.Ordinal)];

    /// <summary>Brokers that were given a rate, and the rate.</summary>
    public static IReadOnlyList<(int Broker, string Rate)> Brokers(MetadataImage image) =>
        [.. image.BrokerConfigs.Where(b => Rates.Any(b.Value.ContainsKey)).Select(b => (b.Key, b.Value.GetValueOrDefault(Rates[0]) ?? b.Value[Rates[1]]))];

    public static async Task RemoveAsync(VerbContext context)
    {
        var image = context.Image;
        if (Topics(image) is [_, ..] topics)
            await SettingsQuery.AlterAsync(context, ConfigResourceType.Topic, topics.Select(t => t.Name), [.. Replicas.Select(r => new SettingChange(r, null))], validateOnly: false).ConfigureAwait(false);
        if (Brokers(image) is [_, ..] brokers)
        {
            var names = brokers.Select(b => b.Broker.ToString(CultureInfo.InvariantCulture));
            await SettingsQuery.AlterAsync(context, ConfigResourceType.Broker, names, [.. Rates.Select(r => new SettingChange(r, null))], validateOnly: false).ConfigureAwait(false);
        }
    }

    private static string Listed(IEnumerable<(TopicPartition Partition, int Broker)> replicas) =>
        string.Join(',', replicas.Distinct().Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Partition.Partition}:{r.Broker}")));
}
