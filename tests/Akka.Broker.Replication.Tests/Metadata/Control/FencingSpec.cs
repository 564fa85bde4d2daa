using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Brokers go and come back: who leads then.</summary>
public sealed class FencingSpec
{
    private readonly ControllerTestContext _context = new(brokers: 3);

    private void Create(int minInSync, params int[] replicas) =>
        _context.Create("orders", configs: [("min.insync.replicas", $"{minInSync}")], assigned: [replicas]);

    [Fact]
    public void Fenced_leader_is_followed_by_the_next_in_sync_replica()
    {
        Create(1, 1, 2, 3);
        _context.AlterIsr("orders", 1, 3);

        _context.Fence(1);

        Assert.Equal("3 [3] ()", _context.Shape("orders"));
        Assert.Equal(1, _context.Partition("orders").LeaderEpoch);
        Assert.Contains("1 of them got another leader", _context.Lines[0].Text);
    }

    [Fact]
    public void Fenced_follower_leaves_the_isr_and_the_leader_epoch_stays()
    {
        Create(1, 1, 2, 3);

        _context.Fence(2);

        Assert.Equal("1 [1 3] ()", _context.Shape("orders"));
        Assert.Equal((0, 1), (_context.Partition("orders").LeaderEpoch, _context.Partition("orders").PartitionEpoch));
    }

    [Fact]
    public void Eligible_replicas_lead_when_the_isr_is_gone()
    {
        Create(2, 1, 2, 3);
        _context.AlterIsr("orders", 1, 2);
        _context.Fence(2);
        Assert.Equal("1 [1] (2)", _context.Shape("orders"));
        _context.Fence(1);
        Assert.Equal("-1 [] (2 1)", Sorted(_context.Shape("orders")));
        Assert.Contains(_context.Lines, l => l.IsWarning && l.Text.Contains("orders-0"));

        _context.Unfence(2);

        Assert.Equal("2 [2] (1)", _context.Shape("orders"));
        Assert.Equal(2, _context.Partition("orders").LeaderEpoch);
    }

    [Fact]
    public void Replica_that_is_neither_in_sync_nor_eligible_does_not_lead()
    {
        Create(1, 1, 2, 3);
        _context.AlterIsr("orders", 1);
        _context.Fence(1);

        Assert.Equal("-1 [] (1)", _context.Shape("orders"));
        Assert.Equal(0, _context.Run(_context.State.ElectMissingLeaders(_context.Image)));

        _context.Unfence(1);
        Assert.Equal("1 [1] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Unclean_election_is_made_where_the_topic_allows_it_and_is_told()
    {
        _context.Create("orders", configs: [("unclean.leader.election.enable", "true")], assigned: [[1, 2, 3]]);
        _context.AlterIsr("orders", 1);

        _context.Fence(1);

        Assert.Equal("2 [2] ()", _context.Shape("orders"));
        Assert.Contains(_context.Lines, l => l.IsWarning && l.Text.Contains("orders-0") && l.Text.Contains("unclean") && l.Text.Contains("brokers 1 had"));
    }

    [Fact]
    public void Fencing_and_unfencing_twice_is_once()
    {
        Create(1, 1, 2);
        _context.Fence(2);

        Assert.False(_context.Run(_context.State.Fence(_context.Image, 2, "again")));
        Assert.False(_context.Run(_context.State.Unfence(_context.Image, 2, _context.Image.Brokers[2].Epoch - 1)));
        _context.Unfence(2);
        Assert.False(_context.Run(_context.State.Unfence(_context.Image, 2, _context.Image.Brokers[2].Epoch)));
        Assert.False(_context.Run(_context.State.Fence(_context.Image, 99, "unknown")));
    }

    [Fact]
    public void Started_broker_leads_nothing_before_it_follows_the_metadata()
    {
        Create(1, 1, 2);

        _context.Register(1, clean: true, fenced: true);

        Assert.Equal("2 [2] ()", _context.Shape("orders"));
        Assert.False(_context.Image.IsAlive(1));
        _context.Unfence(1);
        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Only_replica_that_was_stopped_cleanly_leads_again_when_it_follows_the_metadata()
    {
        Create(1, 1);

        _context.Register(1, clean: true, fenced: true);
        Assert.Equal("-1 [] (1)", _context.Shape("orders"));
        _context.Unfence(1);

        Assert.Equal("1 [1] ()", _context.Shape("orders"));
        Assert.DoesNotContain(_context.Lines, l => l.IsWarning);
    }

    [Fact]
    public void When_all_have_crashed_the_most_complete_log_leads_on_and_the_loss_is_told()
    {
        Create(2, 1, 2, 3);
        _context.Register(1, clean: false, fenced: true, ends: [End(0, 9)]);
        Assert.Equal("2 [2 3] ()", _context.Shape("orders"));
        Assert.Empty(_context.Partition("orders").LastKnownElr);
        _context.Register(2, clean: false, fenced: true, ends: [End(1, 7)]);
        Assert.Equal("3 [3] ()", _context.Shape("orders"));
        Assert.Equal(2, Assert.Single(_context.Partition("orders").LastKnownElr));
        _context.Unfence(1);
        _context.Unfence(2);

        _context.Register(3, clean: false, fenced: true, ends: [End(1, 5)]);

        Assert.Equal("2 [2] ()", _context.Shape("orders"));
        Assert.Equal(3, Assert.Single(_context.Partition("orders").LastKnownElr));
        Assert.Contains(_context.Lines, l => l.IsWarning && l.Text.Contains("crashed") && l.Text.Contains("orders-0"));
        _context.Unfence(3);
        _context.AlterIsr("orders", 2, 3);
        Assert.Empty(_context.Partition("orders").LastKnownElr);
    }

    [Fact]
    public void Most_complete_log_of_those_that_crashed_is_waited_for()
    {
        Create(2, 1, 2);
        _context.Register(1, clean: false, fenced: true, ends: [End(0, 9)]);
        _context.Register(2, clean: false, fenced: true, ends: [End(0, 3)]);
        _context.Unfence(2);
        Assert.Equal("-1 [] ()", _context.Shape("orders"));

        // It crashes once more and has lost the rest too.
        _context.Register(1, clean: false, fenced: true, ends: [End(0, 2)]);

        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Newer_epoch_is_more_complete_than_a_longer_log()
    {
        Create(2, 1, 2);
        _context.Register(1, clean: false, fenced: true, ends: [End(0, 9)]);
        _context.Register(2, clean: false, fenced: true, ends: [End(1, 3)]);
        _context.Unfence(1);
        Assert.Equal("-1 [] ()", _context.Shape("orders"));
        _context.Unfence(2);
        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Mark_of_an_older_life_is_no_clean_stop()
    {
        Create(2, 1, 2);
        var epoch = _context.Image.Brokers[1].Epoch;

        var next = _context.Register(1, clean: true, fenced: true, mark: epoch);
        Assert.Equal("2 [2] (1)", _context.Shape("orders"));
        _context.Register(1, clean: true, fenced: true, mark: epoch);
        Assert.Equal("2 [2] ()", _context.Shape("orders"));
        Assert.NotEqual(epoch, next);
    }

    [Fact]
    public void Wiped_disk_never_leads_on_by_itself()
    {
        Create(1, 1, 2);
        _context.AlterIsr("orders", 1);
        _context.Fence(1);

        _context.Register(1, clean: true, fenced: true, disk: 1);
        _context.Unfence(1);

        Assert.Equal("-1 [] ()", _context.Shape("orders"));
        Assert.Empty(_context.Partition("orders").LastKnownElr);
    }

    [Fact]
    public void Wiped_disk_leaves_isr_and_elr_and_others_lead_on()
    {
        Create(2, 1, 2);
        _context.AlterIsr("orders", 1);
        Assert.Equal("1 [1] (2)", _context.Shape("orders"));
        _context.Fence(1);

        _context.Register(1, fenced: true, disk: 1);

        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Second_node_of_an_id_is_refused_while_the_first_is_alive()
    {
        var before = _context.Image;

        var refused = _context.TryRegister(2, disk: 1, fenced: true);
        Assert.Equal(ErrorCode.DuplicateBrokerRegistration, refused.Error);
        Assert.Contains("id 2", refused.Message);
        Assert.Same(before, _context.Image);

        _context.Fence(2);
        Assert.Equal(ErrorCode.None, _context.TryRegister(2, disk: 1, fenced: true).Error);
    }

    [Fact]
    public void Broker_that_cannot_read_the_clusters_level_is_refused()
    {
        var old = new Replication.Metadata.Control.BrokerRegistration(4, Guid.NewGuid(), Guid.NewGuid(), null, [], true) { MetadataVersionMax = MetadataVersion.Initial };

        var refused = _context.Run(_context.State.Register(_context.Image, old, fenced: true));

        Assert.Equal(ErrorCode.UnsupportedVersion, refused.Error);
        Assert.Contains("metadata.version is 3", refused.Message);
    }

    [Fact]
    public void Broker_that_stops_hands_its_partitions_over_and_keeps_those_that_nobody_else_can_lead()
    {
        _context.Create("shared", assigned: [[1, 2, 3], [2, 1, 3]]);
        _context.Create("alone", assigned: [[1]]);
        var epoch = _context.Image.Brokers[1].Epoch;

        var progress = _context.Run(_context.State.ShutDown(_context.Image, 1, epoch));

        Assert.Equal((ErrorCode.None, 0), (progress.Error, progress.Remaining));
        Assert.Contains("nobody else can lead 1", _context.Lines[0].Text);
        Assert.Equal("2 [2 3] ()", _context.Shape("shared", 0));
        Assert.Equal("2 [2 3] ()", _context.Shape("shared", 1));
        Assert.Equal("1 [1] ()", _context.Shape("alone"));
        Assert.Equal((false, true), (_context.Image.IsActive(1), _context.Image.IsAlive(1)));
        Assert.Equal(ErrorCode.IneligibleReplica, _context.AlterIsr("shared", 2, 3, 1).ErrorCode);

        _context.Fence(1);
        Assert.Equal("-1 [] (1)", _context.Shape("alone"));
        Assert.False(_context.Lines[0].IsWarning);
        _context.Register(1, clean: true, fenced: true);
        _context.Unfence(1);
        Assert.Equal("1 [1] ()", _context.Shape("alone"));
        Assert.True(_context.Image.IsActive(1));
    }

    [Fact]
    public void What_nobody_could_lead_is_handed_over_when_a_follower_has_caught_up()
    {
        Create(1, 1, 2);
        _context.AlterIsr("orders", 1);
        var epoch = _context.Image.Brokers[1].Epoch;
        Assert.Equal(1, _context.Run(_context.State.ShutDown(_context.Image, 1, epoch)).Remaining);

        Assert.Equal(ErrorCode.NewLeaderElected, _context.AlterIsr("orders", 1, 2).ErrorCode);

        Assert.Equal("2 [1 2] ()", _context.Shape("orders"));
        Assert.Equal(0, _context.Run(_context.State.ShutDown(_context.Image, 1, epoch)).Remaining);
        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Stale_incarnation_cannot_stop_its_successor() =>
        Assert.Equal(ErrorCode.StaleBrokerEpoch, _context.Run(_context.State.ShutDown(_context.Image, 1, _context.Image.Brokers[1].Epoch - 1)).Error);

    private static string Sorted(string shape) => shape.Replace("(1 2)", "(2 1)");

    private ReplicaLogEnd End(int epoch, long offset) => new(_context.Image.Topics["orders"].Id, 0, epoch, offset);
}
