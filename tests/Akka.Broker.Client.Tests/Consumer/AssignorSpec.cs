using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class AssignorSpec
{
    private static readonly Dictionary<string, int> TwoTopics = new() { ["a"] = 3, ["b"] = 4 };

    [Fact]
    public void Range_gives_the_first_members_one_more_where_it_does_not_divide()
    {
        var assigned = new RangeAssignor().Assign(TwoTopics, [Member("m2", "a", "b"), Member("m1", "a", "b")]);

        Assert.Equal("a-0 a-1 b-0 b-1", Text(assigned["m1"]));
        Assert.Equal("a-2 b-2 b-3", Text(assigned["m2"]));
    }

    [Fact]
    public void Range_passes_over_members_that_do_not_want_the_topic()
    {
        var assigned = new RangeAssignor().Assign(TwoTopics, [Member("m1", "a"), Member("m2", "a", "b"), Member("m3", "a", "c")]);

        Assert.Equal("a-0", Text(assigned["m1"]));
        Assert.Equal("a-1 b-0 b-1 b-2 b-3", Text(assigned["m2"]));
        Assert.Equal("a-2", Text(assigned["m3"]));
    }

    [Fact]
    public void Round_robin_deals_all_partitions_of_all_topics_in_turn()
    {
        var assigned = new RoundRobinAssignor().Assign(TwoTopics, [Member("m1", "a", "b"), Member("m2", "b")]);

        Assert.Equal("a-0 a-1 a-2 b-1 b-3", Text(assigned["m1"]));
        Assert.Equal("b-0 b-2", Text(assigned["m2"]));
    }

    [Fact]
    public void Static_members_come_first_and_in_the_order_of_their_instances()
    {
        var assigned = new RangeAssignor().Assign(
            new Dictionary<string, int> { ["a"] = 3 },
            [Member("m1", "a"), Member("z", "a") with { InstanceId = "i2" }, Member("y", "a") with { InstanceId = "i1" }]);

        Assert.Equal("a-0", Text(assigned["y"]));
        Assert.Equal("a-1", Text(assigned["z"]));
        Assert.Equal("a-2", Text(assigned["m1"]));
    }

    [Fact]
    public void Cooperative_sticky_leaves_what_is_owned_where_it_is()
    {
        var assigned = Sticky([Member("m1", "a", "b") with { Owned = Parse("a-0 b-1 b-3"), Generation = 4 }, Member("m2", "a", "b") with { Owned = Parse("a-1 a-2 b-0 b-2"), Generation = 4 }]);

        Assert.Equal("a-0 b-1 b-3", Text(assigned["m1"]));
        Assert.Equal("a-1 a-2 b-0 b-2", Text(assigned["m2"]));
    }

    [Fact]
    public void Cooperative_sticky_gives_a_moving_partition_to_nobody_until_its_owner_has_given_it_up()
    {
        var owner = Member("m1", "a", "b") with { Owned = Parse("a-0 a-1 a-2 b-0 b-1 b-2 b-3"), Generation = 1 };
        var first = Sticky([owner, Member("m2", "a", "b")]);
        Assert.Equal(4, first["m1"].Count);
        Assert.Empty(first["m2"]);

        var second = Sticky([owner with { Owned = first["m1"], Generation = 2 }, Member("m2", "a", "b") with { Generation = 2 }]);
        Assert.Equal(Text(first["m1"]), Text(second["m1"]));
        Assert.Equal(3, second["m2"].Count);
    }

    [Fact]
    public void The_latest_generation_wins_a_conflict_and_equal_ones_lose_both()
    {
        var counts = new Dictionary<string, int> { ["a"] = 2 };
        var assigned = new CooperativeStickyAssignor().Assign(
            counts, [Member("m1", "a") with { Owned = Parse("a-0 a-1"), Generation = 3 }, Member("m2", "a") with { Owned = Parse("a-0"), Generation = 4 }]);
        Assert.Equal("a-0", Text(assigned["m2"]));
        Assert.Equal("a-1", Text(assigned["m1"]));

        assigned = new CooperativeStickyAssignor().Assign(
            counts, [Member("m1", "a") with { Owned = Parse("a-0"), Generation = 4 }, Member("m2", "a") with { Owned = Parse("a-0"), Generation = 4 }]);
        // Whoever gets it in the end, somebody has to let go first.
        Assert.Single(assigned["m1"].Concat(assigned["m2"]), p => p.Partition == 0);
    }

    [Fact]
    public void Partitions_move_along_a_chain_where_no_direct_move_helps()
    {
        // Only m2 can take from m1, and only m3 from m2.
        var counts = new Dictionary<string, int> { ["a"] = 2, ["b"] = 1 };
        var assigned = Settle(counts,
        [
            Member("m1", "a") with { Owned = Parse("a-0 a-1"), Generation = 1 },
            Member("m2", "a", "b") with { Owned = Parse("b-0"), Generation = 1 },
            Member("m3", "b") with { Owned = [], Generation = 1 },
        ]);

        Assert.Single(assigned["m1"]);
        Assert.Equal("a-1", Text(assigned["m2"]));
        Assert.Equal("b-0", Text(assigned["m3"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_group_looks_like_the_assignment_is_balanced_whole_and_moves_no_more_than_it_must(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var counts = Enumerable.Range(0, random.Next(1, 5)).ToDictionary(t => $"t{t}", _ => random.Next(1, 9));
            var members = Enumerable.Range(0, random.Next(1, 7)).Select(m => Member($"m{m}", [.. counts.Keys])).ToList();
            var assigned = Settle(counts, members);
            AssertWhole(counts, assigned);
            AssertBalanced(assigned);

            var more = members.Select(m => m with { Owned = assigned[m.MemberId], Generation = 9 }).Append(Member("new", [.. counts.Keys])).ToList();
            var after = Settle(counts, more);
            AssertWhole(counts, after);
            AssertBalanced(after);
            var kept = members.Sum(m => after[m.MemberId].Intersect(assigned[m.MemberId]).Count());
            Assert.Equal(counts.Values.Sum() - after["new"].Count, kept);
        }
    }

    [Fact]
    public void Different_wishes_are_met_as_evenly_as_they_allow()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var counts = Enumerable.Range(0, random.Next(1, 5)).ToDictionary(t => $"t{t}", _ => random.Next(1, 6));
            var members = Enumerable.Range(0, random.Next(2, 6)).Select(m => Member($"m{m}", [.. counts.Keys.Where(_ => random.Next(3) > 0)])).ToList();
            var assigned = Settle(counts, members);

            foreach (var (topic, partitions) in counts)
                Assert.Equal(members.Exists(m => m.Topics.Contains(topic)) ? partitions : 0, assigned.Values.Sum(a => a.Count(p => p.Topic == topic)));
            foreach (var giver in members)
            {
                // Nobody could hand one on to somebody with two less.
                var others = members.Where(m => assigned[m.MemberId].Count + 2 <= assigned[giver.MemberId].Count).SelectMany(m => m.Topics);
                Assert.DoesNotContain(assigned[giver.MemberId], p => others.Contains(p.Topic));
            }
        }
    }

    private static Dictionary<string, List<TopicPartition>> Sticky(List<GroupMember> members) => new CooperativeStickyAssignor().Assign(TwoTopics, members);

    /// <summary>Meets again until nothing moves, as a group does.</summary>
    private static Dictionary<string, List<TopicPartition>> Settle(Dictionary<string, int> counts, List<GroupMember> members)
    {
        for (var generation = 10; generation < 20; generation++)
        {
            var assigned = new CooperativeStickyAssignor().Assign(counts, members);
            if (members.All(m => m.Owned.ToHashSet().SetEquals(assigned[m.MemberId])))
                return assigned;
            members = [.. members.Select(m => m with { Owned = assigned[m.MemberId], Generation = generation })];
        }
        throw new InvalidOperationException("The group does not settle.");
    }

    private static void AssertWhole(Dictionary<string, int> counts, Dictionary<string, List<TopicPartition>> assigned)
    {
        var all = assigned.Values.SelectMany(p => p).ToList();
        Assert.Equal(counts.Values.Sum(), all.Count);
        Assert.Equal(all.Count, all.Distinct().Count());
    }

    private static void AssertBalanced(Dictionary<string, List<TopicPartition>> assigned) =>
        Assert.InRange(assigned.Values.Max(p => p.Count) - assigned.Values.Min(p => p.Count), 0, 1);

    private static GroupMember Member(string id, params string[] topics) => new(id, null, topics, [], -1);

    private static List<TopicPartition> Parse(string text) =>
        [.. text.Split(' ').Select(p => new TopicPartition(p[..^2], p[^1] - '0'))];

    private static string Text(IEnumerable<TopicPartition> partitions) =>
        string.Join(' ', partitions.OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition));
}
