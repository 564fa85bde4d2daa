using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Sets where a group reads on: to an end of the log, a time, an offset, or so many records from where it is.</summary>
internal static class OffsetReset
{
    private const string ToEarliest = "to-earliest";
    private const string ToLatest = "to-latest";
    private const string ToDatetime = "to-datetime";
    private const string ToOffset = "to-offset";
    private const string ShiftBy = "shift-by";
    private const string Partition = "partition";
    private static readonly string[] Targets = [ToEarliest, ToLatest, ToDatetime, ToOffset, ShiftBy];

    public static Verb Verb { get; } = new VerbBuilder("reset-offsets", "Sets where a group without members reads on", RunAsync)
        .Needs(GroupPalette.Group, "The group's id", "-g").Takes(TopicPalette.Topic, $"{Selection.TopicHelp}; default: what the group has committed", "-t")
        .Takes(Partition, "Only these, with commas between them", "-p")
        .Flag(ToEarliest, "To the first record").Flag(ToLatest, "Behind the last record").Takes(ToDatetime, "To the first record that is not older: 2026-01-31T12:00:00Z, or ms since 1970")
        .Takes(ToOffset, "To this offset").Takes(ShiftBy, "By so many records on, or back if it is negative").Formatted().Execute().Build();

    private static async Task RunAsync(VerbContext context)
    {
        var arguments = context.Arguments;
        var given = Targets.Where(t => arguments.Optional(t) is not (null or "false")).ToList();
        if (given.Count != 1)
            throw new VerbException($"To where? Allowed: one of {string.Join(", ", Targets.Select(t => $"--{t}"))}.");
        var group = arguments.Text(GroupPalette.Group);
        var committed = await GroupQuery.OffsetsAsync(context, group).ConfigureAwait(false);
        var partitions = Affected(context, committed);
        var targets = await TargetsAsync(context, given[0], partitions, committed).ConfigureAwait(false);
        context.Show(Report.Of(["group", "topic", "partition", "committed", "committed after"], targets.Select(t => new object?[]
        {
            group, t.Key.Topic, t.Key.Partition, committed.TryGetValue(t.Key, out var at) ? at : null, t.Value,
        })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        if (committed.Count > 0 && await GroupQuery.DescribeAsync(context, group).ConfigureAwait(false) is { Members.Count: > 0 and var members })
            throw new VerbException($"Group {group} has {members} members, which would commit over it; stop them first ('group members' names them).");
        await GroupQuery.CommitAsync(context, group, targets).ConfigureAwait(false);
    }

    private static List<TopicPartition> Affected(VerbContext context, IReadOnlyDictionary<TopicPartition, long> committed)
    {
        var numbers = context.Arguments.Ints(Partition);
        var partitions = context.Arguments.Optional(TopicPalette.Topic) is { } pattern
            ? context.Topics(pattern).SelectMany(t => Selection.Partitions(t, numbers)).Select(p => p.Name)
            : committed.Keys.Where(p => numbers.Count == 0 || numbers.Contains(p.Partition));
        var all = partitions.OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition).ToList();
        return all.Count > 0 ? all : throw new VerbException("The group has committed nothing there; name a topic with --topic.");
    }

    private static async Task<Dictionary<TopicPartition, long>> TargetsAsync(
        VerbContext context, string target, List<TopicPartition> partitions, IReadOnlyDictionary<TopicPartition, long> committed)
    {
        var starts = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Earliest).ConfigureAwait(false);
        var ends = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Latest).ConfigureAwait(false);
        if (partitions.FirstOrDefault(p => !starts.ContainsKey(p) || !ends.ContainsKey(p)) is { Topic: not null } lost)
            throw new VerbException($"{lost} has no leader that answers.");
        var byTime = target == ToDatetime
            ? await OffsetQuery.ListAsync(context, partitions, VerbArguments.Moment(ToDatetime, context.Arguments.Text(ToDatetime))).ConfigureAwait(false)
            : null;
        return partitions.ToDictionary(p => p, p => Math.Clamp(Wanted(p), starts[p], ends[p]));

        long Wanted(TopicPartition partition) => target switch
        {
            ToEarliest => starts[partition],
            ToLatest => ends[partition],
            ToDatetime => byTime!.TryGetValue(partition, out var at) && at >= 0 ? at : ends[partition],
            ToOffset => context.Arguments.Number(ToOffset, 0, 0),
            _ => (committed.TryGetValue(partition, out var now) ? now : starts[partition]) + context.Arguments.Number(ShiftBy, 0),
        };
    }
}
