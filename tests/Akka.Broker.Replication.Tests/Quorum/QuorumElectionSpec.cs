using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

public sealed class QuorumElectionSpec
{
    [Fact]
    public void A_lone_voter_leads_at_once()
    {
        var cluster = new QuorumTestCluster(1, 1, 1);

        cluster.StartAll();

        Assert.Equal(1, cluster.Nodes[1].WonEpoch);
        Assert.IsType<PersistElection>(cluster.Nodes[1].Effects.First(e => e is not VotersChanged));
    }

    [Fact]
    public void A_lone_voter_whose_log_is_not_synced_has_not_won()
    {
        var cluster = new QuorumTestCluster(1, 1, 1);
        cluster.Nodes[1].Log.SyncsAtOnce = false;

        cluster.StartAll();
        Assert.Equal(0, cluster.Nodes[1].WonEpoch);
        cluster.Sync(1);

        Assert.Equal(1, cluster.Nodes[1].WonEpoch);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void The_oldest_member_leads_first(int voters)
    {
        var cluster = new QuorumTestCluster(3, voters, voters);
        cluster.StartAll([2, 1, .. Enumerable.Range(3, voters - 2)]);

        cluster.RunUntil(() => cluster.Leader is not null, 1000);

        Assert.Equal(2, cluster.Leader!.Id);
    }

    [Fact]
    public void The_next_one_leads_where_the_oldest_is_gone()
    {
        var cluster = new QuorumTestCluster(4, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        cluster.Crash(1);

        cluster.RunUntil(() => cluster.Leader is not null, 2500);

        Assert.Equal(2, cluster.Leader!.Id);
    }

    [Fact]
    public void An_older_member_that_comes_back_deposes_nobody()
    {
        var cluster = new QuorumTestCluster(5, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        cluster.Crash(1);
        cluster.RunUntil(() => cluster.Leader is not null);
        var (leader, epoch) = (cluster.Leader!.Id, cluster.Leader.Machine.Epoch);

        cluster.Start(1, 1, 2, 3);
        cluster.RunFor(10_000);

        Assert.Equal((leader, epoch), (cluster.Leader!.Id, cluster.Leader.Machine.Epoch));
        Assert.Equal(leader, cluster.Nodes[1].Machine.CurrentLeader);
    }

    [Fact]
    public void The_oldest_whose_log_is_behind_lets_a_longer_log_lead()
    {
        var cluster = new QuorumTestCluster(6, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        cluster.Crash(1);
        cluster.RunUntil(() => cluster.Leader is not null);
        Assert.True(cluster.TryAppend("missed by 1"));
        cluster.RunUntil(() => cluster.Nodes[3].Machine.HighWatermark == cluster.Leader!.Log.EndOffset);
        var committed = cluster.CommittedCount;
        cluster.Crash(2);
        cluster.Crash(3);

        cluster.Start(1, 1, 2, 3);
        cluster.Start(3, 1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null, 3000);

        Assert.Equal(3, cluster.Leader!.Id);
        Assert.True(cluster.CommittedCount >= committed);
    }

    [Fact]
    public void A_voter_that_is_cut_off_does_not_raise_the_epoch()
    {
        var cluster = new QuorumTestCluster(7, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        var epoch = cluster.Leader!.Machine.Epoch;
        cluster.Isolate(3);
        cluster.RunFor(20_000);
        Assert.Equal(epoch, cluster.Nodes[3].Machine.Epoch);

        cluster.Cut.Clear();
        cluster.RunUntil(() => cluster.Nodes[3].Machine.CurrentLeader == 1, 3000);

        Assert.Equal(epoch, cluster.Leader!.Machine.Epoch);
    }

    [Fact]
    public void A_voter_that_does_not_reach_the_leader_itself_claims_in_vain()
    {
        var cluster = new QuorumTestCluster(8, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        var epoch = cluster.Leader!.Machine.Epoch;

        cluster.Cut.Add((1, 3));
        cluster.Cut.Add((3, 1));
        cluster.RunFor(20_000);

        Assert.Equal((1, epoch), (cluster.Leader!.Id, cluster.Leader.Machine.Epoch));
    }

    [Fact]
    public void A_leader_without_a_majority_steps_down_and_the_majority_goes_on()
    {
        var cluster = new QuorumTestCluster(9, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);

        cluster.Isolate(1);
        cluster.RunUntil(() => cluster.Leader?.Id == 2, 3000);
        cluster.RunUntil(() => cluster.Nodes[1].Machine.Role != QuorumRole.Leader, 2000);

        Assert.Contains(cluster.Nodes[1].Effects, e => e is LeadershipLost);
    }

    [Fact]
    public void A_leader_that_resigns_is_followed_at_once_by_another()
    {
        var cluster = new QuorumTestCluster(10, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null && cluster.Leader.Machine.Replicas!.Count == 3 - 1);
        cluster.RunFor(100);

        cluster.Carry(cluster.Nodes[1], cluster.Nodes[1].Machine.Resign("it stops.", cluster.Now));
        cluster.RunUntil(() => cluster.Leader is not null, 300);

        Assert.Equal(2, cluster.Leader!.Id);
    }

    [Fact]
    public void A_restarted_leader_does_not_lead_its_old_epoch_again()
    {
        var cluster = new QuorumTestCluster(11, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        var epoch = cluster.Leader!.Machine.Epoch;

        cluster.Crash(1);
        cluster.Start(1, 1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null, 3000);

        Assert.True(cluster.Leader!.Machine.Epoch > epoch);
    }

    [Fact]
    public void A_closed_port_is_reason_enough_to_hold_the_leader_for_gone()
    {
        var cluster = new QuorumTestCluster(12, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Nodes.Values.All(n => n.Machine.CurrentLeader == 1));
        cluster.RunFor(50);
        cluster.Crash(1);

        foreach (var node in new[] { cluster.Nodes[2], cluster.Nodes[3] })
        {
            var fetch = node.Effects.OfType<SendMessage>().Select(s => s.Message).OfType<FetchQuery>().Last();
            cluster.Carry(node, node.Machine.QueryFailed(fetch.Id, nobodyListens: true, cluster.Now));
        }
        cluster.RunUntil(() => cluster.Leader is not null, 300);

        Assert.Equal(2, cluster.Leader!.Id);
    }

    [Fact]
    public void A_wiped_disk_gets_no_vote_and_gives_none()
    {
        var cluster = new QuorumTestCluster(13, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        cluster.Crash(3);
        cluster.Crash(2);
        cluster.Crash(1);
        cluster.Nodes[2].Wipe(1);
        cluster.Nodes[3].Wipe(1);

        cluster.StartAll(1, 2, 3);
        cluster.RunFor(20_000);

        Assert.Null(cluster.Leader);
    }

    [Fact]
    public void Leadership_is_confirmed_by_a_majority_or_not_at_all()
    {
        var cluster = new QuorumTestCluster(14, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Leader is not null);
        var leader = cluster.Nodes[1];

        cluster.Carry(leader, leader.Machine.Confirm(7, cluster.Now));
        cluster.RunUntil(() => leader.Effects.Contains(new LeadershipConfirmed(7, true)), 100);
        cluster.Isolate(1);
        cluster.Carry(leader, leader.Machine.Confirm(8, cluster.Now));
        cluster.RunUntil(() => leader.Effects.Contains(new LeadershipConfirmed(8, false)), 2000);
    }
}
