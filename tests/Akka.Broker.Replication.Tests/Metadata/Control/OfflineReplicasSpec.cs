using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>A broker loses replicas to a disk and goes on with the others.</summary>
public sealed class OfflineReplicasSpec
{
    private readonly ControllerTestContext _context = new(brokers: 3);

    [Fact]
    public void Leader_whose_log_fails_is_followed_by_an_in_sync_replica_at_once()
    {
        Create("orders", 2, 1, 2, 3);
        Create("others", 2, 1, 2, 3);

        Assert.Equal(ErrorCode.None, Offline(1, "orders"));

        Assert.Equal("2 [2 3] ()", _context.Shape("orders"));
        Assert.Equal(1, _context.Partition("orders").LeaderEpoch);
        Assert.Equal("1 [1 2 3] ()", _context.Shape("others"));
        Assert.True(_context.Image.IsActive(1));
        Assert.Contains("1 replicas of broker 1", _context.Lines[0].Text);
        Assert.Contains("bad disk", _context.Lines[0].Text);
    }

    [Fact]
    public void Follower_whose_log_fails_leaves_the_isr_and_is_not_taken_in_again()
    {
        Create("orders", 2, 1, 2, 3);

        Offline(2, "orders");

        Assert.Equal("1 [1 3] ()", _context.Shape("orders"));
        Assert.Equal(ErrorCode.IneligibleReplica, _context.AlterIsr("orders", 1, 2, 3).ErrorCode);
    }

    [Fact]
    public void Replica_whose_log_failed_is_not_eligible()
    {
        Create("orders", 2, 1, 2, 3);
        _context.AlterIsr("orders", 1, 2);

        Offline(2, "orders");

        Assert.Equal("1 [1] ()", _context.Shape("orders"));
        Assert.Equal([2], _context.Partition("orders").LastKnownElr.ToArray());
    }

    [Fact]
    public void Only_replica_does_not_lead_while_it_is_offline()
    {
        Create("orders", 1, 1);
        Offline(1, "orders", end: 10);
        Assert.Equal("-1 [] ()", _context.Shape("orders"));
        Assert.Equal(0, _context.Run(_context.State.ElectMissingLeaders(_context.Image)));
    }

    [Fact]
    public void Next_start_brings_the_only_replica_back()
    {
        Create("orders", 1, 1);
        Offline(1, "orders", end: 10);

        _context.Register(1, clean: false, ends: [new ReplicaLogEnd(_context.Image.Topics["orders"].Id, 0, 0, 10)]);

        Assert.Equal("1 [1] ()", _context.Shape("orders"));
        Assert.Empty(_context.Image.Brokers[1].OfflineReplicas);
    }

    [Fact]
    public void Log_of_an_unknown_end_is_waited_for_when_all_others_have_crashed()
    {
        Create("orders", 2, 1, 2);
        Offline(1, "orders", end: -1);
        _context.Register(2, clean: false, ends: [new ReplicaLogEnd(_context.Image.Topics["orders"].Id, 0, 1, 5)]);
        Assert.Equal("-1 [] ()", _context.Shape("orders"));

        _context.Register(1, clean: false, ends: [new ReplicaLogEnd(_context.Image.Topics["orders"].Id, 0, 1, 7)]);

        Assert.Equal("1 [1] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Unclean_election_passes_over_a_replica_that_is_offline()
    {
        Create("orders", 1, 1, 2);
        _context.AlterIsr("orders", 1);
        Offline(1, "orders");

        var elected = _context.Run(_context.State.ElectLeaders(_context.Image, new ElectLeadersRequest { ElectionType = 1 }));

        Assert.Single(elected.ReplicaElectionResults);
        Assert.Equal("2 [2] ()", _context.Shape("orders"));
    }

    [Fact]
    public void Report_of_another_start_is_refused_and_one_that_comes_again_changes_nothing()
    {
        Create("orders", 2, 1, 2, 3);
        Offline(1, "orders");
        var offset = _context.Image.Offset;

        Assert.Equal(ErrorCode.None, Offline(1, "orders"));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, Offline(1, "orders", epoch: 999));

        Assert.Equal(offset, _context.Image.Offset);
    }

    [Fact]
    public void Fencing_and_snapshots_keep_what_is_offline()
    {
        Create("orders", 2, 1, 2, 3);
        Offline(1, "orders");
        _context.Fence(1);
        _context.Unfence(1);

        var again = MetadataImageBuilder.Apply(MetadataImage.Empty, MetadataImageRecords.Of(_context.Image), _context.Image.Offset, _context.Image.Epoch);

        Assert.True(again.IsOffline(1, _context.Image.Topics["orders"].Id, 0));
        Assert.Equal(_context.Image.Brokers[1].OfflineReplicas, again.Brokers[1].OfflineReplicas);
    }

    private void Create(string topic, int minInSync, params int[] replicas) =>
        _context.Create(topic, configs: [("min.insync.replicas", $"{minInSync}")], assigned: [replicas]);

    private ErrorCode Offline(int broker, string topic, long end = 3, long? epoch = null) => _context.Run(_context.State.TakeOffline(
        _context.Image,
        new OfflineReport(
            broker, epoch ?? _context.Image.Brokers[broker].Epoch, [new ReplicaLogEnd(_context.Image.Topics[topic].Id, 0, 0, end)], "bad disk")));
}
