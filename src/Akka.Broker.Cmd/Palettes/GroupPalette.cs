using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Operations;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Consumer groups: who is in them, how far behind they are and why they rebalance. Resetting is in <see cref="OffsetReset"/>.</summary>
internal static class GroupPalette
{
    public const string Group = "group";
    private const string GroupHelp = "The group's id";

    public static BrokerPalette Create() => new("group",
    [
        new VerbBuilder("list", "The groups with their states and coordinators", ListAsync).Takes("match", "Only those that match this regular expression", "-m").Formatted().Build(),
        new VerbBuilder("describe", "How far a group is behind, in records and in time, partition by partition", DescribeAsync).Needs(Group, GroupHelp, "-g").Formatted().Build(),
        new VerbBuilder("members", "Who is in a group and what each one reads", MembersAsync).Needs(Group, GroupHelp, "-g").Formatted().Build(),
        new VerbBuilder("why", "What became of a group lately: its last rebalances and their reasons", WhyAsync).Needs(Group, GroupHelp, "-g").Formatted().Build(),
        OffsetReset.Verb,
        new VerbBuilder("delete", "Deletes a group that has no members, with its offsets", DeleteAsync).Needs(Group, GroupHelp, "-g").Formatted().Execute().Build(),
    ]);

    private static async Task ListAsync(VerbContext context)
    {
        var (groups, missing) = await GroupQuery.ListAsync(context).ConfigureAwait(false);
        var pattern = context.Arguments.Optional("match") is { } text ? Selection.Compile(text) : null;
        context.Show(Report.Of(
            ["group", "state", "protocol", "type", "coordinator"],
            groups.Where(g => pattern is null || pattern.IsMatch(g.Group.GroupId))
                .Select(g => new object?[] { g.Group.GroupId, g.Group.GroupState, g.Group.ProtocolType, g.Group.GroupType, g.Coordinator })));
        Answers.Check(missing);
    }

    private static async Task DescribeAsync(VerbContext context)
    {
        var group = await GroupQuery.DescribeAsync(context, context.Arguments.Text(Group)).ConfigureAwait(false);
        var committed = await GroupQuery.OffsetsAsync(context, group.GroupId).ConfigureAwait(false);
        var readers = group.Members.SelectMany(m => GroupQuery.AssignmentOf(group, m).Select(p => (Partition: p, Member: m))).ToLookup(r => r.Partition, r => r.Member);
        var partitions = committed.Keys.Union(readers.Select(r => r.Key)).OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition).ToList();
        var ends = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Latest).ConfigureAwait(false);
        var behind = committed.Where(c => ends.TryGetValue(c.Key, out var end) && end > c.Value).ToDictionary();
        var times = await OffsetQuery.TimesAsync(context, behind).ConfigureAwait(false);
        var rows = partitions.ConvertAll(p =>
        {
            long? at = committed.TryGetValue(p, out var offset) ? offset : null;
            long? end = ends.TryGetValue(p, out var last) ? last : null;
            long? lag = end - at is { } records ? Math.Max(0, records) : null;
            TimeSpan? late = lag == 0 ? TimeSpan.Zero : times.TryGetValue(p, out var time) ? TimeSpan.FromMilliseconds(Math.Max(0, context.NowMs - time)) : null;
            var member = readers[p].FirstOrDefault();
            return new object?[] { p.Topic, p.Partition, at, end, lag, late, member?.MemberId, member?.ClientId, member?.ClientHost };
        });
        context.Show(new Report()
            .Field("group", group.GroupId)
            .Field("state", group.GroupState)
            .Field("protocol", group.ProtocolData)
            .Field("coordinator", GroupQuery.CoordinatorOf(context, group.GroupId))
            .Field("members", group.Members.Count)
            .Field("lag", rows.Sum(r => r[4] as long? ?? 0))
            .Field("lag seconds", rows.Max(r => r[5] as TimeSpan?))
            .Table("partitions", ["topic", "partition", "committed", "end", "lag", "lag seconds", "member", "client", "host"], rows));
    }

    private static async Task MembersAsync(VerbContext context)
    {
        var group = await GroupQuery.DescribeAsync(context, context.Arguments.Text(Group)).ConfigureAwait(false);
        context.Show(Report.Of(["member", "instance", "client", "host", "partitions"], group.Members.Select(m => new object?[]
        {
            m.MemberId, m.GroupInstanceId, m.ClientId, m.ClientHost, GroupQuery.AssignmentOf(group, m).Select(p => p.ToString()),
        })));
    }

    private static async Task WhyAsync(VerbContext context)
    {
        var group = context.Arguments.Text(Group);
        var coordinator = GroupQuery.CoordinatorOf(context, group);
        var rows = await context.Peers.InspectAsync(coordinator, NodeSubjects.GroupHistory, group).ConfigureAwait(false);
        if (rows.Count == 0)
            throw new VerbException($"Nothing has become of group '{group}' since broker {coordinator} coordinates it; 'group list' tells which groups there are.");
        context.Show(Report.Of(["time", "what"], rows.Select(r => new object?[] { new Moment(long.Parse(r[0], CultureInfo.InvariantCulture)), $"the group {r[1]}" })));
    }

    private static async Task DeleteAsync(VerbContext context)
    {
        var group = await GroupQuery.DescribeAsync(context, context.Arguments.Text(Group)).ConfigureAwait(false);
        if (group.Members.Count > 0)
            throw new VerbException($"Group {group.GroupId} has {group.Members.Count} members; stop them first ('group members' names them).");
        var committed = await GroupQuery.OffsetsAsync(context, group.GroupId).ConfigureAwait(false);
        context.Show(Report.Of(["group", "topic", "partition", "committed"], committed.OrderBy(c => c.Key.ToString(), StringComparer.Ordinal)
            .Select(c => new object?[] { group.GroupId, c.Key.Topic, c.Key.Partition, c.Value })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        var request = new DeleteGroupsRequest { GroupsNames = [group.GroupId] };
        var result = (await context.Peers.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(GroupQuery.CoordinatorOf(context, group.GroupId), request).ConfigureAwait(false)).Results[0];
        Answers.Check(result.ErrorCode, null, $"Group {group.GroupId}");
    }
}
