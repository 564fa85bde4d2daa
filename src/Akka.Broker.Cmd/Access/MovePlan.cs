using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Planning;

namespace Akka.Broker.Cmd.Access;

/// <summary>Moves of replicas: how they are planned, shown with what they cost, read from JSON (as Kafka's own tool writes it) and begun.</summary>
internal static class MovePlan
{
    public const string Rate = "rate";
    public const string RateHelp = "Bytes a second that a broker takes in, for the estimate; default: the throttle, or 50MiB";
    private const long DefaultRate = 50 << 20;

    public static async Task<ReassignmentPlan> ComputeAsync(VerbContext context, PlannerOptions options)
    {
        var sizes = await LogSizes.AskAsync(context).ConfigureAwait(false);
        return ReassignmentPlanner.Plan(context.Image, options with { Bytes = sizes.ByPartition() });
    }

    /// <summary>Shows what each broker has before and after, and does it if the verb is to.</summary>
    public static async Task ShowAndExecuteAsync(VerbContext context, ReassignmentPlan plan)
    {
        var sizes = (await LogSizes.AskAsync(context).ConfigureAwait(false)).ByPartition();
        var report = ReportOf(context, plan.Moves, sizes).Table(
            "brokers",
            ["broker", "replicas", "replicas after", "preferred", "preferred after", "bytes", "bytes after"],
            plan.After.Select(a => new object?[]
            {
                a.Key, plan.Before[a.Key].Replicas, a.Value.Replicas, plan.Before[a.Key].Leaders, a.Value.Leaders,
                new ByteCount(plan.Before[a.Key].Bytes), new ByteCount(a.Value.Bytes),
            }));
        context.Show(report);
        await ExecuteAsync(context, plan.Moves).ConfigureAwait(false);
    }

    public static Report ReportOf(VerbContext context, IReadOnlyList<PlannedMove> moves, IReadOnlyDictionary<TopicPartition, long> sizes)
    {
        var copied = moves.Sum(m => m.Copies.Count() * sizes.GetValueOrDefault(m.Partition));
        // A broker takes its copies in one after the other at best; the one with the most of them is the last.
        var busiest = moves.SelectMany(m => m.Copies.Select(b => (Broker: b, Bytes: sizes.GetValueOrDefault(m.Partition)))).GroupBy(c => c.Broker).Select(g => g.Sum(c => c.Bytes)).DefaultIfEmpty().Max();
        var rate = context.Arguments.Bytes(Rate, MoveThrottle.Of(context) ?? DefaultRate);
        if (rate <= 0)
            throw new VerbException("--rate is 0; allowed: at least 1 byte a second.");
        return new Report()
            .Field("moves", moves.Count)
            .Field("copies", moves.Sum(m => m.Copies.Count()))
            .Field("bytes to copy", new ByteCount(copied))
            .Field("eta", TimeSpan.FromSeconds((double)busiest / rate))
            .Field("at bytes a second", new ByteCount(rate))
            .Table("partitions", ["topic", "partition", "replicas", "replicas after", "bytes"], moves.Select(m => new object?[]
            {
                m.Partition.Topic, m.Partition.Partition, (IEnumerable<int>)m.From, (IEnumerable<int>)m.To, new ByteCount(sizes.GetValueOrDefault(m.Partition)),
            }));
    }

    public static async Task ExecuteAsync(VerbContext context, IReadOnlyList<PlannedMove> moves)
    {
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        if (moves.Count == 0)
            return;
        if (MoveThrottle.Of(context) is { } throttle)
            await MoveThrottle.SetAsync(context, moves, throttle).ConfigureAwait(false);
        var problems = await AlterAsync(context, moves.Select(m => (m.Partition, (int[]?)[.. m.To]))).ConfigureAwait(false);
        Answers.Check(problems);
        context.SayUnlessJson($"{moves.Count} moves have begun; 'partition reassign status' tells how far they are.");
    }

    /// <summary>Null replicas end the move under way. A problem a partition that was refused.</summary>
    public static async Task<IReadOnlyList<string>> AlterAsync(VerbContext context, IEnumerable<(TopicPartition Partition, int[]? Replicas)> targets)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [.. targets.GroupBy(t => t.Partition.Topic).Select(t => new AlterPartitionReassignmentsRequest.ReassignableTopic
            {
                Name = t.Key,
                Partitions = [.. t.Select(p => new AlterPartitionReassignmentsRequest.ReassignablePartition { PartitionIndex = p.Partition.Partition, Replicas = p.Replicas })],
            })],
        };
        var response = await context.AdministerAsync<AlterPartitionReassignmentsResponse>(request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, "The moves are refused");
        return [.. response.Responses.SelectMany(t => t.Partitions.Select(p => Answers.Problem(p.ErrorCode, p.ErrorMessage) is { } problem ? $"{t.Name}-{p.PartitionIndex}: {problem}" : null)).OfType<string>()];
    }

    /// <summary><c>{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}</c></summary>
    public static string ToJson(IEnumerable<PlannedMove> moves)
    {
        var partitions = new JsonArray([.. moves.Select(m => new JsonObject
        {
            ["topic"] = m.Partition.Topic,
            ["partition"] = m.Partition.Partition,
            ["replicas"] = new JsonArray([.. m.To.Select(b => (JsonNode)b)]),
        })]);
        return new JsonObject { ["version"] = 1, ["partitions"] = partitions }.ToJsonString();
    }

    /// <exception cref="VerbException">It is no such JSON, or names what there is not.</exception>
    public static IReadOnlyList<PlannedMove> FromJson(VerbContext context, string json)
    {
        const string allowed = """allowed: {"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3]}]}""";
        try
        {
            return [.. JsonNode.Parse(json)!["partitions"]!.AsArray().Select(p =>
            {
                var name = new TopicPartition(p!["topic"]!.GetValue<string>(), p["partition"]!.GetValue<int>());
                var from = context.Image.TryGetPartition(name, out var image) ? image.TargetReplicas : throw new VerbException($"The plan names {name}, which does not exist.");
                return new PlannedMove(name, from, [.. p["replicas"]!.AsArray().Select(r => r!.GetValue<int>())]);
            })];
        }
        catch (Exception mistake) when (mistake is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new VerbException($"--plan is not a plan; {allowed}. {mistake.Message}");
        }
    }
}
