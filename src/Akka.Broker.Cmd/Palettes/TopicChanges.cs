using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>What changes topics. Each shows first what it would do.</summary>
internal static class TopicChanges
{
    private const string Set = "set";
    private const string Unset = "unset";
    private const string Count = "count";
    private const string Partition = "partition";
    private const string Before = "before";

    /// <summary>A leader that waits for its followers says itself that the time is up.</summary>
    private static readonly TimeSpan TrimGrace = TimeSpan.FromSeconds(5);

    public static Verb Alter { get; } = new VerbBuilder("alter", "Changes settings of topics", AlterAsync)
        .Needs(TopicPalette.Topic, Selection.TopicHelp, "-t").TakesMany(Set, "A setting, NAME=VALUE", "-s").TakesMany(Unset, "A setting that goes back to its default", "-u")
        .Formatted().Execute().Build();

    public static Verb Delete { get; } = new VerbBuilder("delete", "Deletes topics with all their records", DeleteAsync)
        .Needs(TopicPalette.Topic, Selection.TopicHelp, "-t").Formatted().Execute().Build();

    public static Verb AddPartitions { get; } = new VerbBuilder("add-partitions", "Raises the number of partitions; keys go to other partitions from then on", AddPartitionsAsync)
        .Needs(TopicPalette.Topic, Selection.TopicHelp, "-t").Needs(Count, "How many there shall be in all", "-c").Formatted().Execute().Build();

    public static Verb Trim { get; } = new VerbBuilder("trim", "Deletes the oldest records, up to an offset or all", TrimAsync)
        .Needs(TopicPalette.Topic, Selection.TopicHelp, "-t").Takes(Partition, "Only these, with commas between them", "-p")
        .Takes(Before, "The first offset that stays; default: everything that is there now goes").Formatted().Execute().Build();

    private static async Task AlterAsync(VerbContext context)
    {
        var changes = SettingsQuery.Pairs(context, Set).Concat(context.Arguments.Many(Unset).Select(n => new SettingChange(n, null))).ToList();
        if (changes.Count == 0)
            throw new VerbException("There is nothing to change; allowed: --set NAME=VALUE, --unset NAME.");
        var topics = context.Topics(context.Arguments.Text(TopicPalette.Topic));
        await SettingsQuery.AlterAsync(context, ConfigResourceType.Topic, topics.Select(t => t.Name), changes, validateOnly: true).ConfigureAwait(false);
        context.Show(Report.Of(["topic", "name", "value", "value after"], topics.SelectMany(t => changes.Select(c => new object?[]
        {
            t.Name, c.Name, Selection.ValueOf(context, t, c.Name), c.Value ?? "(default)",
        }))));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        await SettingsQuery.AlterAsync(context, ConfigResourceType.Topic, topics.Select(t => t.Name), changes, validateOnly: false).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(VerbContext context)
    {
        var topics = context.Topics(context.Arguments.Text(TopicPalette.Topic));
        if (topics.FirstOrDefault(t => t.IsInternal) is { } own)
            throw new VerbException($"{own.Name} is the broker's own; it is not deleted.");
        var sizes = (await LogSizes.AskAsync(context).ConfigureAwait(false)).ByPartition();
        context.Show(Report.Of(["topic", "partitions", "bytes"], topics.Select(t => new object?[]
        {
            t.Name, t.Partitions.Length, new ByteCount(sizes.Where(s => s.Key.Topic == t.Name).Sum(s => s.Value)),
        })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        var request = new DeleteTopicsRequest
        {
            TimeoutMs = (int)Answers.ControllerTimeout.TotalMilliseconds,
            Topics = [.. topics.Select(t => new DeleteTopicsRequest.DeleteTopicState { TopicId = t.Id })],
        };
        var response = await context.AdministerAsync<DeleteTopicsResponse>(request).ConfigureAwait(false);
        Answers.Check(response.Responses.Select(r => Answers.Problem(r.ErrorCode, r.ErrorMessage)));
    }

    private static async Task AddPartitionsAsync(VerbContext context)
    {
        var count = context.Arguments.Int(Count, 1);
        var topics = context.Topics(context.Arguments.Text(TopicPalette.Topic));
        var request = new CreatePartitionsRequest
        {
            TimeoutMs = (int)Answers.ControllerTimeout.TotalMilliseconds,
            ValidateOnly = !context.Executes,
            Topics = [.. topics.Select(t => new CreatePartitionsRequest.CreatePartitionsTopic { Name = t.Name, Count = count, Assignments = null })],
        };
        var response = await context.AdministerAsync<CreatePartitionsResponse>(request).ConfigureAwait(false);
        Answers.Check(response.Results.Select(r => Answers.Problem(r.ErrorCode, r.ErrorMessage)));
        context.Show(Report.Of(["topic", "partitions", "partitions after"], topics.Select(t => new object?[] { t.Name, t.Partitions.Length, count })));
        if (!context.Executes)
            context.SayHowToExecute();
    }

    private static async Task TrimAsync(VerbContext context)
    {
        var partitions = context.Topics(context.Arguments.Text(TopicPalette.Topic)).SelectMany(t => Selection.Partitions(t, context.Arguments.Ints(Partition))).ToList();
        var starts = await OffsetQuery.ListAsync(context, partitions.Select(p => p.Name), OffsetQuery.Earliest).ConfigureAwait(false);
        var ends = await OffsetQuery.ListAsync(context, partitions.Select(p => p.Name), OffsetQuery.Latest).ConfigureAwait(false);
        if (partitions.FirstOrDefault(p => !starts.ContainsKey(p.Name) || !ends.ContainsKey(p.Name)) is { Topic: not null } lost)
            throw new VerbException($"{lost.Name} has no leader that answers.");
        var targets = partitions.ToDictionary(p => p.Name, p => Math.Max(starts[p.Name], Math.Min(ends[p.Name], context.Arguments.Number(Before, long.MaxValue, 0))));
        context.Show(Report.Of(["topic", "partition", "start", "start after", "end", "records deleted"], partitions.Select(p => new object?[]
        {
            p.Topic.Name, p.Partition.Partition, starts[p.Name], targets[p.Name], ends[p.Name], targets[p.Name] - starts[p.Name],
        })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        foreach (var led in partitions.GroupBy(p => p.Partition.Leader))
        {
            var request = new DeleteRecordsRequest
            {
                TimeoutMs = (int)Peers.DefaultTimeout.TotalMilliseconds,
                Topics = [.. led.GroupBy(p => p.Topic.Name).Select(t => new DeleteRecordsRequest.DeleteRecordsTopic
                {
                    Name = t.Key,
                    Partitions = [.. t.Select(p => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = p.Partition.Partition, Offset = targets[p.Name] })],
                })],
            };
            var response = await context.Peers.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(led.Key, request, timeout: Peers.DefaultTimeout + TrimGrace).ConfigureAwait(false);
            Answers.Check(response.Topics.SelectMany(t => t.Partitions.Select(p => TrimProblem(p.ErrorCode) is { } problem ? $"{t.Name}-{p.PartitionIndex}: {problem}" : null)));
        }
    }

    private static string? TrimProblem(ErrorCode error) => Answers.Problem(error, error == ErrorCode.RequestTimedOut
        ? "the leader has deleted them; a replica whose broker is alive has not said so in time, and will when it follows again"
        : null);
}
