using Akka.Cluster;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class GossipSpec
{
    public static TheoryData<MemberStatus, MemberStatus, MemberStatus> Statuses()
    {
        MemberStatus[] forward = [MemberStatus.Joining, MemberStatus.WeaklyUp, MemberStatus.Up, MemberStatus.Leaving, MemberStatus.Exiting, MemberStatus.Down];
        var rows = new TheoryData<MemberStatus, MemberStatus, MemberStatus>();
        for (var i = 0; i < forward.Length; i++)
        {
            for (var j = 0; j < forward.Length; j++)
                rows.Add(forward[i], forward[j], forward[Math.Max(i, j)]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Status_that_is_further_on_wins_a_merge(MemberStatus left, MemberStatus right, MemberStatus merged) =>
        Assert.Equal(merged, Gossip.Merge(View(A.Is(left)), View(A.Is(right))).Find(A)!.Status);

    [Fact]
    public void Lower_age_number_wins_a_merge_whatever_the_status()
    {
        var (left, right) = (View(A.Is(MemberStatus.Leaving, 7)), View(A.Is(MemberStatus.Up, 3)));
        foreach (var merged in new[] { Gossip.Merge(left, right), Gossip.Merge(right, left) })
        {
            Assert.Equal(MemberStatus.Leaving, merged.Find(A)!.Status);
            Assert.Equal(3, merged.Find(A)!.UpNumber);
            Assert.Empty(merged.Seen);
        }
    }

    [Fact]
    public void Removed_member_leaves_no_trace_but_its_tombstone()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down, 2), C.Is(MemberStatus.Up, 3)).NextVersion(B).Cannot(A, B).Cannot(B, C).SeenBy(B);
        var left = gossip.Remove([B], nowMs: 5);
        Assert.False(left.Has(B));
        Assert.DoesNotContain(B, left.Seen);
        Assert.DoesNotContain(B, left.Version.Counts.Keys);
        Assert.True(left.Reachability.AllReachable);
        Assert.Equal(5, left.Tombstones[B]);
    }

    [Fact]
    public void Late_gossip_does_not_bring_a_removed_member_back()
    {
        var before = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down, 2));
        var after = before.Remove([B], 5).NextVersion(A);
        var elsewhere = before.With(C.Is(MemberStatus.Joining)).NextVersion(C);
        var merged = GossipExchange.Receive(after, elsewhere, A);
        Assert.Equal(GossipOutcome.Merged, merged.Outcome);
        Assert.False(merged.Winner.Has(B));
        Assert.True(merged.Winner.Has(C));
        Assert.Equal(GossipOutcome.Older, GossipExchange.Receive(after, before, A).Outcome);
        Assert.Equal(GossipOutcome.Newer, GossipExchange.Receive(before, after, A).Outcome);
    }

    [Fact]
    public void New_incarnation_is_let_in_beside_the_tombstone_of_the_old()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down, 2)).Remove([B], 5).With(Node("b", uid: 2).Is(MemberStatus.Joining)).NextVersion(A);
        Assert.Equal(2, gossip.Find(B.Address)!.UniqueAddress.Uid);
        Assert.Equal(MemberStatus.Joining, gossip.Find(B.Address)!.Status);
    }

    [Fact]
    public void Tombstones_go_when_they_are_old_or_too_many()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Down), C.Is(MemberStatus.Down), D.Is(MemberStatus.Down)).Remove([B], 10).Remove([C], 20).Remove([D], 30);
        Assert.Same(gossip, gossip.ForgetTombstones(10, 3));
        Assert.Equal([C, D], gossip.ForgetTombstones(11, 3).Tombstones.Keys);
        Assert.Equal([D], gossip.ForgetTombstones(0, 1).Tombstones.Keys);
    }

    [Fact]
    public void Newer_gossip_replaces_the_older_and_the_sender_hears_that_it_was_seen()
    {
        var old = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2));
        var fresh = old.With(C.Is(MemberStatus.Joining)).NextVersion(B);
        var received = GossipExchange.Receive(old, fresh, A);
        Assert.Equal((GossipOutcome.Newer, true), (received.Outcome, received.TalkBack));
        Assert.Equal([A, B], received.Winner.Seen.Order());
        var answered = GossipExchange.Receive(fresh, received.Winner, B);
        Assert.Equal((GossipOutcome.Same, false), (answered.Outcome, answered.TalkBack));
        Assert.Equal([A, B], answered.Winner.Seen.Order());
    }

    [Fact]
    public void Change_that_reached_only_one_before_its_node_was_forgotten_is_not_lost()
    {
        // B marks C as leaving and tells A alone; then B is removed, and with it the count of that change.
        var all = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2), C.Is(MemberStatus.Up, 3));
        var told = all.With(C.Is(MemberStatus.Leaving, 3)).NextVersion(B).Remove([B], 5);
        var untold = all.Remove([B], 5);
        var received = GossipExchange.Receive(untold, told, C);
        Assert.Equal(GossipOutcome.Merged, received.Outcome);
        Assert.Equal(MemberStatus.Leaving, received.Winner.Find(C)!.Status);
        Assert.Equal([C], received.Winner.Seen);
        Assert.Equal(GossipOutcome.Newer, GossipExchange.Receive(told, received.Winner, A).Outcome);
    }

    [Fact]
    public void Digest_stands_for_the_version_and_for_who_has_seen_it()
    {
        var gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2));
        Assert.Equal(GossipDigest.Of(gossip), GossipDigest.Of(gossip with { Seen = [B, A] }));
        Assert.NotEqual(GossipDigest.Of(gossip).Seen, GossipDigest.Of(gossip with { Seen = [B] }).Seen);
        Assert.NotEqual(GossipDigest.Of(gossip).Version, GossipDigest.Of(gossip.NextVersion(B)).Version);
        Assert.NotEqual(GossipDigest.Of(gossip.NextVersion(A)).Version, GossipDigest.Of(gossip.NextVersion(B)).Version);
        Assert.Equal(new GossipDigest(1, 2) with { Version = 0, Seen = 0 }, GossipDigest.Of(Gossip.Empty));
    }
}
