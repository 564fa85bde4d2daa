using System.Collections.Immutable;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Planning;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>
/// Moves chosen partitions to chosen brokers.
/// <code>
/// plan     what it would come to, and, as JSON, the plan for execute
/// execute  begins a plan (--plan), or what plan would say (--topic, --brokers)
/// status   how far the moves are; --wait until they are done
/// cancel   ends moves: the partitions go back to where they were
/// unthrottle   takes away what --throttle has left behind
/// </code>
/// </summary>
internal static class PartitionMoves
{
    private const string Action = "action";
    private const string Brokers = "brokers";
    private const string Factor = "replication-factor";
    private const string Plan = "plan";
    private const string Wait = "wait";
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    public static Verb Verb { get; } = new VerbBuilder("reassign", "Moves partitions to other brokers: plan, execute, status, cancel, unthrottle", RunAsync)
        .Needs(Action, "What to do", "-a", "plan", "execute", "status", "cancel", "unthrottle")
        .Takes(PartitionPalette.Topic, Selection.TopicHelp, "-t").Takes(PartitionPalette.Partition, "Only these, with commas between them", "-p")
        .Takes(Brokers, "Where they shall be, with commas between them", "-b").Takes(Factor, "How many replicas each shall have; default: as many as now", "-r")
        .Takes(Plan, "A plan as JSON; @FILE takes it from a file of the client's").Takes(MovePlan.Rate, MovePlan.RateHelp).Takes(MoveThrottle.Name, MoveThrottle.Help)
        .Flag(Wait, "status: until all are done").Formatted().Execute().Build();

    private static Task RunAsync(VerbContext context) => context.Arguments.Choice(Action, "plan", "execute", "status", "cancel", "unthrottle") switch
    {
        "plan" => PlanAsync(context),
        "execute" => ExecuteAsync(context),
        "status" => StatusAsync(context),
        "unthrottle" => UnthrottleAsync(context),
        _ => CancelAsync(context),
    };

    private static async Task PlanAsync(VerbContext context)
    {
        var moves = MovesOf(context);
        if (context.Arguments.Choice(VerbContext.Format, "table", "json") == "json")
            context.Say(MovePlan.ToJson(moves));
        else
            context.Show(MovePlan.ReportOf(context, moves, (await LogSizes.AskAsync(context).ConfigureAwait(false)).ByPartition()));
    }

    private static async Task ExecuteAsync(VerbContext context)
    {
        var moves = context.Arguments.Optional(Plan) is { } json ? MovePlan.FromJson(context, json) : MovesOf(context);
        context.Show(MovePlan.ReportOf(context, moves, (await LogSizes.AskAsync(context).ConfigureAwait(false)).ByPartition()));
        await MovePlan.ExecuteAsync(context, moves).ConfigureAwait(false);
    }

    /// <summary>Each partition keeps what it has on the wanted brokers; what it lacks goes where the fewest of these moves go.</summary>
    private static IReadOnlyList<PlannedMove> MovesOf(VerbContext context)
    {
        var brokers = context.Arguments.Ints(Brokers);
        var pattern = context.Arguments.Optional(PartitionPalette.Topic) ?? throw new VerbException("What is to be moved? Allowed: --topic NAME with --brokers, or --plan JSON with execute.");
        if (brokers.Count == 0)
            throw new VerbException($"Where to? Allowed: --brokers with some of {string.Join(",", context.Image.Brokers.Keys)}.");
        if (brokers.Where(b => !context.Image.IsActive(b)).ToList() is [_, ..] absent)
            throw new VerbException($"Brokers {string.Join(", ", absent)} are not active; those that are: {string.Join(", ", context.Image.Brokers.Values.Where(b => b.IsActive).Select(b => b.Id))}.");
        var given = brokers.Distinct().ToDictionary(b => b, _ => 0);
        return [.. context.Topics(pattern, withInternal: true)
            .SelectMany(t => Selection.Partitions(t, context.Arguments.Ints(PartitionPalette.Partition)))
            .Select(p => new PlannedMove(p.Name, p.Partition.TargetReplicas, TargetOf(context, p.Partition, given)))
            .Where(m => !m.From.SequenceEqual(m.To))];
    }

    private static ImmutableArray<int> TargetOf(VerbContext context, PartitionImage partition, Dictionary<int, int> given)
    {
        var factor = context.Arguments.IntOr(Factor, partition.TargetReplicas.Length, 1);
        if (factor > given.Count)
            throw new VerbException($"{factor} replicas need as many brokers; --brokers names {given.Count}.");
        var target = partition.TargetReplicas.Where(given.ContainsKey).Take(factor).ToList();
        while (target.Count < factor)
        {
            var next = given.Where(g => !target.Contains(g.Key)).OrderBy(g => g.Value).ThenBy(g => g.Key).First().Key;
            given[next]++;
            target.Add(next);
        }
        return [.. target];
    }

    private static async Task StatusAsync(VerbContext context)
    {
        var earlier = await ProgressAsync(context).ConfigureAwait(false);
        if (earlier.Count > 0)
            await Task.Delay(SampleInterval, context.Node.Time, context.Cancelled).ConfigureAwait(false);
        while (true)
        {
            var now = earlier.Count == 0 ? earlier : await ProgressAsync(context).ConfigureAwait(false);
            context.Show(ReportOf(earlier, now));
            if (now.Count == 0 && MoveThrottle.Topics(context.Image).Count > 0)
                context.SayUnlessJson("Nothing moves, and moves are still throttled; 'partition reassign unthrottle' ends that.");
            if (now.Count == 0 || !context.Arguments.Flag(Wait))
                return;
            earlier = now;
            await Task.Delay(SampleInterval, context.Node.Time, context.Cancelled).ConfigureAwait(false);
        }
    }

    private sealed record Progress(SelectedPartition Selected, long Copied, long Bytes);

    private static async Task<IReadOnlyList<Progress>> ProgressAsync(VerbContext context)
    {
        var moving = Moving(context);
        var sizes = moving.Count == 0 ? null : await LogSizes.AskAsync(context).ConfigureAwait(false);
        return moving.ConvertAll(p => new Progress(
            p, p.Partition.Adding.Sum(b => sizes!.Of(b, p.Name)), p.Partition.Adding.Length * (p.Partition.HasLeader ? sizes!.Of(p.Partition.Leader, p.Name) : 0)));
    }

    private static Report ReportOf(IReadOnlyList<Progress> earlier, IReadOnlyList<Progress> now)
    {
        var before = earlier.ToDictionary(p => p.Selected.Name, p => p.Copied);
        var rate = now.Sum(p => Math.Max(0, p.Copied - before.GetValueOrDefault(p.Selected.Name, p.Copied))) / SampleInterval.TotalSeconds;
        var left = now.Sum(p => Math.Max(0, p.Bytes - p.Copied));
        return new Report()
            .Field("moving", now.Count)
            .Field("bytes left", new ByteCount(left))
            .Field("bytes a second", new ByteCount((long)rate))
            .Field("eta", left == 0 ? TimeSpan.Zero : rate > 0 ? TimeSpan.FromSeconds(left / rate) : null)
            .Table("partitions", ["topic", "partition", "replicas", "adding", "removing", "in sync", "copied", "of"], now.Select(p => new object?[]
            {
                p.Selected.Topic.Name, p.Selected.Partition.Partition, (IEnumerable<int>)p.Selected.Partition.Replicas, (IEnumerable<int>)p.Selected.Partition.Adding,
                (IEnumerable<int>)p.Selected.Partition.Removing, (IEnumerable<int>)p.Selected.Partition.Isr, new ByteCount(p.Copied), new ByteCount(p.Bytes),
            }));
    }

    private static async Task CancelAsync(VerbContext context)
    {
        var moving = Moving(context);
        context.Show(Report.Of(["topic", "partition", "adding", "removing", "replicas after"], moving.Select(p => new object?[]
        {
            p.Topic.Name, p.Partition.Partition, (IEnumerable<int>)p.Partition.Adding, (IEnumerable<int>)p.Partition.Removing, p.Partition.Replicas.Except(p.Partition.Adding),
        })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        if (moving.Count > 0)
            Answers.Check(await MovePlan.AlterAsync(context, moving.Select(p => (p.Name, (int[]?)null))).ConfigureAwait(false));
    }

    private static async Task UnthrottleAsync(VerbContext context)
    {
        context.Show(new Report()
            .Table("topics", ["topic", "moving"], MoveThrottle.Topics(context.Image).Select(t => new object?[] { t.Name, t.Partitions.Count(p => p.IsMoving) }))
            .Table("brokers", ["broker", "bytes a second"], MoveThrottle.Brokers(context.Image).Select(b => new object?[] { b.Broker, b.Rate })));
        if (context.Executes)
            await MoveThrottle.RemoveAsync(context).ConfigureAwait(false);
        else
            context.SayHowToExecute();
    }

    private static List<SelectedPartition> Moving(VerbContext context) =>
        [.. context.Topics(context.Arguments.Optional(PartitionPalette.Topic), withInternal: true)
            .SelectMany(t => Selection.Partitions(t, context.Arguments.Ints(PartitionPalette.Partition))).Where(p => p.Partition.IsMoving)];
}
