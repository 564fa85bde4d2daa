using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Planning;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Partitions: where they are, who leads them, and evening both out. Moving chosen ones is in <see cref="PartitionMoves"/>.</summary>
internal static class PartitionPalette
{
    public const string Topic = "topic";
    public const string Partition = "partition";
    private const string Type = "type";

    public static BrokerPalette Create() => new("partition",
    [
        new VerbBuilder("describe", "Partitions with leader, replicas and state", DescribeAsync)
            .Takes(Topic, Selection.TopicHelp, "-t").Takes(Partition, "Only these, with commas between them", "-p").Filtered().Formatted().Build(),
        new VerbBuilder("elect", "Elects leaders: the preferred ones, or whoever is left", ElectAsync)
            .Takes(Topic, $"{Selection.TopicHelp}; default: all", "-t").Takes(Partition, "Only these, with commas between them", "-p")
            .Takes(Type, "preferred: the first replica; unclean: where none is in sync, one that may lack records", null, "preferred", "unclean").Formatted().Execute().Build(),
        PartitionMoves.Verb,
        new VerbBuilder("balance", "Evens replicas, bytes and leaders out over the brokers, with the fewest copies", BalanceAsync).Takes(MovePlan.Rate, MovePlan.RateHelp)
            .Takes(MoveThrottle.Name, MoveThrottle.Help).Formatted().Execute().Build(),
    ]);

    private static Task DescribeAsync(VerbContext context)
    {
        var selected = context.Topics(context.Arguments.Optional(Topic), withInternal: true)
            .SelectMany(t => Selection.Partitions(t, context.Arguments.Ints(Partition).Where(n => n < t.Partitions.Length || context.Arguments.Has(Topic)).ToList())).Where(context.Filter());
        context.Show(Report.Of(
            ["topic", "partition", "leader", "epoch", "replicas", "in sync", "eligible", "adding", "removing", "state"],
            selected.Select(p => new object?[]
            {
                p.Topic.Name, p.Partition.Partition, p.Partition.HasLeader ? p.Partition.Leader : null, p.Partition.LeaderEpoch, (IEnumerable<int>)p.Partition.Replicas,
                (IEnumerable<int>)p.Partition.Isr, (IEnumerable<int>)p.Partition.Elr, (IEnumerable<int>)p.Partition.Adding, (IEnumerable<int>)p.Partition.Removing, StateOf(context, p),
            })));
        return Task.CompletedTask;
    }

    private static string StateOf(VerbContext context, SelectedPartition selected) => selected.Partition switch
    {
        { HasLeader: false } => "unavailable",
        var p when p.Isr.Length < context.InSyncNeeded(selected.Topic, p) => "under min isr",
        { IsMoving: true } => "moving",
        var p when p.Isr.Length < p.Replicas.Length => "under replicated",
        _ => "ok",
    };

    private static async Task ElectAsync(VerbContext context)
    {
        var isUnclean = context.Arguments.Choice(Type, "preferred", "unclean") == "unclean";
        var selected = context.Topics(context.Arguments.Optional(Topic), withInternal: true).SelectMany(t => Selection.Partitions(t, context.Arguments.Ints(Partition)))
            .Where(p => isUnclean ? !p.Partition.HasLeader : p.Partition.Replicas.Length > 0 && p.Partition.Leader != p.Partition.Replicas[0]).ToList();
        context.Show(Report.Of(
            ["topic", "partition", "leader", "candidates", "in sync", "loses records"],
            selected.Select(p => new object?[]
            {
                p.Topic.Name, p.Partition.Partition, p.Partition.HasLeader ? p.Partition.Leader : null,
                isUnclean ? p.Partition.Replicas.Where(context.Image.IsAlive) : (IEnumerable<int>)[p.Partition.Replicas[0]], (IEnumerable<int>)p.Partition.Isr, isUnclean ? "perhaps" : "no",
            })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        if (selected.Count == 0)
            return;
        var request = new ElectLeadersRequest
        {
            ElectionType = (sbyte)(isUnclean ? 1 : 0),
            TimeoutMs = (int)Answers.ControllerTimeout.TotalMilliseconds,
            TopicPartitions = [.. selected.GroupBy(p => p.Topic.Name).Select(t => new ElectLeadersRequest.ElectLeadersTopic { Topic = t.Key, Partitions = [.. t.Select(p => p.Partition.Partition)] })],
        };
        var response = await context.AdministerAsync<ElectLeadersResponse>(request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, null, "The election");
        Answers.Check(response.ReplicaElectionResults.SelectMany(t => t.PartitionResults.Select(p =>
            Answers.Problem(p.ErrorCode, p.ErrorMessage) is { } problem ? $"{t.Topic}-{p.PartitionId}: {problem}" : null)));
    }

    private static async Task BalanceAsync(VerbContext context) =>
        await MovePlan.ShowAndExecuteAsync(context, await MovePlan.ComputeAsync(context, new PlannerOptions()).ConfigureAwait(false)).ConfigureAwait(false);
}
