using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

public sealed class QuorumVotersSpec
{
    [Fact]
    public void First_leader_writes_the_voters_into_the_log()
    {
        var cluster = new QuorumTestCluster(1, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);

        var learner = new QuorumTestNode(4, VoterSet.Empty, 4);
        learner.Log.Append(cluster.Leader!.Log.Read(0, int.MaxValue));

        Assert.Equal(QuorumTestNode.Voters(1, 2, 3), learner.Make().Voters);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void An_even_number_of_voters_is_warned_of_at_the_start(int voters, bool isWarnedOf)
    {
        var node = new QuorumTestNode(1, QuorumTestNode.Voters([.. Enumerable.Range(1, voters)]), 1);

        var effects = node.Make().Start(0);

        Assert.Equal(isWarnedOf, effects.OfType<Decided>().Any(d => d.IsWarning && d.Text.Contains($"{voters} voters", StringComparison.Ordinal)));
    }

    [Fact]
    public void Voters_change_by_one_and_one_after_the_other()
    {
        var cluster = new QuorumTestCluster(2, 5, 3);
        cluster.StartAll(1, 2, 3, 4, 5);
        cluster.RunUntil(() => cluster.Leader is not null);
        var leader = cluster.Leader!;

        Assert.Contains("more than one", Change(cluster, QuorumTestNode.Voters(1, 2, 3, 4, 5)));
        Assert.Null(Change(cluster, QuorumTestNode.Voters(1, 2, 3, 4)));
        Assert.Contains("not committed", Change(cluster, QuorumTestNode.Voters(1, 2, 3, 4, 5)));
        cluster.RunUntil(() => leader.Machine.HighWatermark == leader.Log.EndOffset);
        Assert.Null(Change(cluster, QuorumTestNode.Voters(1, 2, 3, 4, 5)));
        cluster.RunUntil(() => cluster.Nodes.Values.All(n => n.Machine.Voters.Count == 5));

        cluster.Crash(1);
        cluster.Crash(2);
        cluster.RunUntil(() => cluster.Leader is not null, 5000);
    }

    [Fact]
    public void Voter_that_is_needed_is_not_taken_away()
    {
        var cluster = new QuorumTestCluster(6, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null && cluster.Nodes.Values.All(n => n.Machine.HighWatermark > 0));
        var leader = cluster.Leader!;
        int[] others = [.. new[] { 1, 2, 3 }.Except([leader.Id])];
        cluster.Crash(others[1]);
        var silentAt = cluster.Now;
        cluster.RunUntil(() => cluster.Now > silentAt + 2000);

        var refusal = Change(cluster, leader.Machine.Voters.Without(others[0]));

        Assert.Contains($"{others[1]} do not fetch", refusal);
        Assert.Equal(3, leader.Machine.Voters.Count);
        Assert.Null(Change(cluster, leader.Machine.Voters.Without(others[1])));
        cluster.RunUntil(() => leader.Machine.HighWatermark == leader.Log.EndOffset);
    }

    [Fact]
    public void Change_that_is_truncated_never_was()
    {
        var cluster = new QuorumTestCluster(3, 4, 3);
        cluster.StartAll(1, 2, 3, 4);
        cluster.RunUntil(() => cluster.Nodes.Values.All(n => n.Machine.HighWatermark > 0));
        cluster.Isolate(1);
        Assert.Null(Change(cluster, QuorumTestNode.Voters(1, 2, 3, 4)));
        Assert.Equal(4, cluster.Nodes[1].Machine.Voters.Count);

        cluster.RunUntil(() => cluster.Leader is { Id: not 1 }, 5000);
        cluster.Cut.Clear();
        cluster.RunUntil(() => cluster.Nodes[1].Machine.Voters.Count == 3, 5000);
    }

    [Fact]
    public void Voter_whose_removal_only_it_and_a_lost_leader_have_brings_it_to_the_others()
    {
        var cluster = new QuorumTestCluster(7, 4, 4);
        cluster.StartAll(1, 2, 3, 4);
        cluster.RunUntil(() => cluster.Leader?.Id == 1 && cluster.Nodes.Values.All(n => n.Machine.HighWatermark == cluster.Leader.Log.EndOffset));
        cluster.Isolate(2);
        cluster.Isolate(3);
        Assert.Null(Change(cluster, QuorumTestNode.Voters(1, 2, 3)));
        cluster.RunUntil(() => !cluster.Nodes[4].Machine.IsVoter);
        cluster.Crash(1);
        cluster.Cut.Clear();

        // Two and three alone are no majority of four, and four has a longer log than both.
        cluster.RunUntil(() => cluster.Leader is { Id: 2 or 3 } leader && leader.Machine.Voters.Equals(QuorumTestNode.Voters(1, 2, 3)));
    }

    [Fact]
    public void Leader_that_is_voted_out_resigns_when_that_is_committed()
    {
        var cluster = new QuorumTestCluster(4, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);

        Assert.Null(Change(cluster, QuorumTestNode.Voters(2, 3)));
        cluster.RunUntil(() => cluster.Leader is { Id: not 1 }, 5000);

        Assert.False(cluster.Nodes[1].Machine.IsVoter);
    }

    public static TheoryData<string, int[], string, int, long, string> Plans => new()
    {
        // voters, brokers ("id", "id!" gone for long, "id?" gone for a moment, "id*" another disk, "id~" not caught up), configured, even for, next
        { "a lone voter rests with two brokers", [1], "1 2", 0, 0, "" },
        { "three brokers make three voters, the older first", [1], "1 3 2", 0, 0, "1 3" },
        { "and then the other", [1, 3], "1 3 2", 0, 0, "1 2 3" },
        { "not while one is not caught up", [1], "1 2 3~", 0, 0, "" },
        { "three are enough", [1, 2, 3], "1 2 3 4 5", 0, 0, "" },
        { "five where five are configured", [1, 2, 3], "1 2 3 4 5", 5, 0, "1 2 3 4" },
        { "four configured are three", [1, 2, 3], "1 2 3 4", 4, 0, "" },
        { "a new disk replaces the old: first it goes", [1, 2, 3], "1 2 3*", 0, 0, "1 2" },
        { "when it has caught up", [1, 2, 3], "1 2 3*~", 0, 0, "" },
        { "then it comes", [1, 2], "1 2 3*", 0, 0, "1 2 3*" },
        { "one that is gone for a moment stays", [1, 2, 3], "1 2 3? 4", 0, 0, "" },
        { "one that is gone for long is replaced: first its successor comes", [1, 2, 3], "1 2 3! 4", 0, 0, "1 2 3 4" },
        { "then it goes", [1, 2, 3, 4], "1 2 3! 4", 0, 0, "1 2 4" },
        { "without a successor it stays", [1, 2, 3], "1 2 3!", 0, 0, "" },
        { "an even number waits for the one that comes", [1, 2], "1 2 3~", 0, 1000, "" },
        { "and shrinks when it does not", [1, 2], "1 2 3!", 0, 60_000, "1" },
        { "too many shrink, the youngest first", [1, 2, 3, 4, 5], "1 2 3 4 5", 0, 0, "1 2 3 4" },
        { "the leader is never taken away", [1, 2], "2 1", 0, 60_000, "1" },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Planner_makes_one_step_towards_an_odd_number(string why, int[] voters, string brokers, int configured, long evenForMs, string next)
    {
        var set = QuorumTestNode.Voters(voters);
        var leader = set.Find(1)!.Key;

        var plan = VoterPlanner.Next(set, leader, [.. brokers.Split(' ').Select(Candidate)], configured, evenForMs);

        var expected = next.Length == 0 ? null : new VoterSet(next.Split(' ').Select(n => Candidate(n).Voter));
        Assert.True(Equals(expected, plan), $"{why}: {plan}");
        Assert.True(plan is null || plan.IsOneStepFrom(set));
    }

    [Fact]
    public void Planner_notes_a_new_address()
    {
        var voters = QuorumTestNode.Voters(1, 2, 3);
        var moved = new Voter(2, QuorumTestNode.DirectoryOf(2, 0), new VoterEndpoint("BROKER", "elsewhere", 1));

        var plan = VoterPlanner.Next(voters, voters.Find(1)!.Key, [Candidate("1"), new VoterCandidate(moved, 0, true), Candidate("3")], 0, 0);

        Assert.Equal(voters.With(moved), plan);
    }

    private static VoterCandidate Candidate(string text)
    {
        var voter = QuorumTestNode.Voters(text[0] - '0').All.First();
        if (text.Contains('*'))
            voter = voter with { Key = new ReplicaKey(voter.Id, QuorumTestNode.DirectoryOf(voter.Id, 1)) };
        var gone = text.Contains('!') ? VoterPlanner.ReplaceAfterMs : text.Contains('?') ? 1000 : 0;
        return new VoterCandidate(voter, gone, !text.Contains('~') && gone == 0);
    }

    private static string? Change(QuorumTestCluster cluster, VoterSet next)
    {
        var leader = cluster.Leader!;
        leader.Machine.TryChangeVoters(next, cluster.Now, out var refusal, out var effects);
        cluster.Carry(leader, effects);
        return refusal;
    }
}
