using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Topics: looking at them and making them. Changing them is in <see cref="TopicChanges"/>, their records in <see cref="TopicRecords"/>.</summary>
internal static class TopicPalette
{
    public const string Topic = "topic";
    private const string Partitions = "partitions";
    private const string Factor = "replication-factor";
    private const string Config = "config";

    public static BrokerPalette Create() => new("topic",
    [
        new VerbBuilder("list", "The topics, or those that match or are in trouble", ListAsync)
            .Takes(Topic, Selection.TopicHelp, "-t").Filtered().Flag("internal", "The broker's own ones too").Formatted().Build(),
        new VerbBuilder("describe", "One or several topics with their partitions and settings", DescribeAsync).Needs(Topic, Selection.TopicHelp, "-t").Filtered().Formatted().Build(),
        new VerbBuilder("create", "Makes a topic", CreateAsync)
            .Needs(Topic, "Its name", "-t").Takes(Partitions, "How many partitions; default: the broker's", "-p").Takes(Factor, "How many replicas of each; default: the broker's", "-r")
            .TakesMany(Config, "A setting, NAME=VALUE", "-c").Build(),
        TopicChanges.Alter,
        TopicChanges.Delete,
        TopicChanges.AddPartitions,
        TopicChanges.Trim,
        TopicRecords.Tail,
        TopicRecords.Produce,
    ]);

    private static async Task ListAsync(VerbContext context)
    {
        var passes = context.Filter();
        var sizes = await LogSizes.AskAsync(context).ConfigureAwait(false);
        var bytes = sizes.ByPartition();
        var rows =
            from topic in context.Topics(context.Arguments.Optional(Topic), context.Arguments.Flag("internal"))
            let partitions = Selection.Partitions(topic, [])
            where partitions.Any(passes)
            select new object?[]
            {
                topic.Name, partitions.Count, partitions.Max(p => p.Partition.TargetReplicas.Length),
                partitions.Count(p => p.Partition.Isr.Length < p.Partition.TargetReplicas.Length), partitions.Count(p => !p.Partition.HasLeader),
                new ByteCount(partitions.Sum(p => bytes.GetValueOrDefault(p.Name))), topic.Configs.Select(c => $"{c.Key}={c.Value}"),
            };
        context.Show(Report.Of(["topic", "partitions", "replicas", "under-replicated", "unavailable", "bytes", "settings"], rows));
    }

    private static async Task DescribeAsync(VerbContext context)
    {
        var passes = context.Filter();
        var topics = context.Topics(context.Arguments.Text(Topic));
        var selected = topics.SelectMany(t => Selection.Partitions(t, [])).Where(passes).ToList();
        var sizes = (await LogSizes.AskAsync(context).ConfigureAwait(false)).ByPartition();
        var starts = await OffsetQuery.ListAsync(context, selected.Select(p => p.Name), OffsetQuery.Earliest).ConfigureAwait(false);
        var ends = await OffsetQuery.ListAsync(context, selected.Select(p => p.Name), OffsetQuery.Latest).ConfigureAwait(false);
        context.Show(new Report()
            .Table("topics", ["topic", "id", "partitions", "replicas", "min isr", "internal", "bytes"], topics.Select(t => new object?[]
            {
                t.Name, t.Id.ToString(), t.Partitions.Length, t.Partitions.Max(p => p.TargetReplicas.Length), context.MinInsyncReplicas(t), t.IsInternal,
                new ByteCount(sizes.Where(s => s.Key.Topic == t.Name).Sum(s => s.Value)),
            }))
            .Table("settings", ["topic", "name", "value"], topics.SelectMany(t => t.Configs.Select(c => new object?[] { t.Name, c.Key, c.Value })))
            .Table("partitions", ["topic", "partition", "leader", "epoch", "replicas", "in sync", "start", "end", "bytes"], selected.Select(p => new object?[]
            {
                p.Topic.Name, p.Partition.Partition, p.Partition.HasLeader ? p.Partition.Leader : null, p.Partition.LeaderEpoch, (IEnumerable<int>)p.Partition.Replicas,
                (IEnumerable<int>)p.Partition.Isr, starts.TryGetValue(p.Name, out var start) ? start : null, ends.TryGetValue(p.Name, out var end) ? end : null,
                new ByteCount(sizes.GetValueOrDefault(p.Name)),
            })));
    }

    private static async Task CreateAsync(VerbContext context)
    {
        var name = context.Arguments.Text(Topic);
        var request = new CreateTopicsRequest
        {
            TimeoutMs = (int)Answers.ControllerTimeout.TotalMilliseconds,
            Topics =
            [
                new()
                {
                    Name = name,
                    NumPartitions = context.Arguments.IntOr(Partitions, -1, 1),
                    ReplicationFactor = (short)context.Arguments.IntOr(Factor, -1, 1, short.MaxValue),
                    Configs = [.. SettingsQuery.Pairs(context, Config).Select(p => new CreateTopicsRequest.CreatableTopicConfig { Name = p.Name, Value = p.Value })],
                },
            ],
        };
        var created = (await context.AdministerAsync<CreateTopicsResponse>(request).ConfigureAwait(false)).Topics[0];
        Answers.Check(created.ErrorCode, created.ErrorMessage, $"Topic {name} is not made");
        context.Say($"Topic {name} is made: {created.NumPartitions} partitions, {created.ReplicationFactor} replicas of each.");
    }
}
