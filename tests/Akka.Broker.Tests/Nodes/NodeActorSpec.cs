using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Support;
using Akka.TestKit;
using Akka.Tests;

namespace Akka.Broker.Tests.Nodes;

/// <summary>What the node does about its metadata. The shard region of partitions is a probe.</summary>
public sealed class NodeActorSpec : PatientTestKit
{
    private const int NodeId = 1;

    private readonly FaultyDisk _disk;
    private readonly TestProbe _region;
    private readonly TestProbe _replicas;
    private readonly LogManager _logs;
    private readonly LedPartitions _led = new();
    private IActorRef _node;
    private MetadataImage _image = MetadataImage.Empty;

    public NodeActorSpec()
        : base("akka.loglevel = OFF")
    {
        _disk = new FaultyDisk(new MemoryDisk());
        _region = CreateTestProbe();
        _replicas = CreateTestProbe();
        _logs = Open();
        _node = Start();
    }

    [Fact]
    public void Leaders_are_started_and_who_waits_hears_of_the_last()
    {
        var id = Change(Create("orders", 2, out var topicId));

        _node.Tell(new AwaitLeaders([id]), TestActor);
        Up(topicId(0));
        ExpectNoMsg(TimeSpan.Zero);
        Up(topicId(1));

        ExpectMsg<LeadersUp>();
        Assert.NotNull(_logs.Get(new TopicPartition("orders", 1)));
    }

    [Fact]
    public void Broker_that_stops_hears_when_all_that_this_node_got_is_led()
    {
        _node.Tell(new AwaitMetadata(MetadataOffset: 0), TestActor);
        ExpectNoMsg(TimeSpan.Zero);
        Change(Create("orders", 2, out var topicId));
        Up(topicId(0));
        ExpectNoMsg(TimeSpan.Zero);
        Up(topicId(1));

        ExpectMsg<MetadataFollowed>();
    }

    [Fact]
    public void Lead_that_was_refused_is_sent_again()
    {
        Change(Create("orders", 1, out var topicId));
        _region.ExpectMsg<Lead>();

        _node.Tell(new Leading(topicId(0), 0, ErrorCode.NotLeaderOrFollower));

        _region.ExpectMsg<Lead>(l => l.Target == topicId(0));
    }

    [Fact]
    public void Leader_whose_log_has_failed_is_tried_again_but_not_waited_for()
    {
        var id = Change(Create("orders", 1, out var topicId));
        _node.Tell(new AwaitLeaders([id]), TestActor);
        _region.ExpectMsg<Lead>();

        _node.Tell(new Leading(topicId(0), 0, ErrorCode.KafkaStorageError));

        ExpectMsg<LeadersUp>();
        _region.ExpectMsg<Lead>(l => l.Target == topicId(0));
    }

    [Fact]
    public void Log_is_deleted_once_its_leader_has_resigned()
    {
        var id = Change(Create("orders", 1, out var topicId));
        Up(topicId(0));

        Change([new RemoveTopicRecord { TopicId = id }]);
        _region.FishForMessage<Resign>(r => r.Target == topicId(0));
        Assert.NotNull(_logs.Get(new TopicPartition("orders", 0)));
        _node.Tell(new Resigned(topicId(0)));

        AwaitCondition(() => _logs.Get(new TopicPartition("orders", 0)) is null);
    }

    [Fact]
    public void Topic_of_a_deleted_ones_name_waits_for_the_deletion()
    {
        var old = Change(Create("orders", 1, out var oldId));
        Up(oldId(0));
        Change([new RemoveTopicRecord { TopicId = old }]);
        var id = Change(Create("orders", 1, out var newId));

        _node.Tell(new AwaitLeaders([id]), TestActor);
        _region.FishForMessage<Resign>(r => r.Target == oldId(0));
        _node.Tell(new Resigned(oldId(0)));
        Up(newId(0));

        ExpectMsg<LeadersUp>();
        Assert.Equal(newId(0), _logs.Get(new TopicPartition("orders", 0))!.Id);
    }

    [Fact]
    public void Log_that_cannot_be_opened_costs_its_own_partition_until_it_can()
    {
        _disk.Fault = (_, path) => path.Contains("orders-0", StringComparison.Ordinal) ? new IOException("broken") : null;
        Change(Create("orders", 2, out var topicId));

        Assert.Equal(topicId(1), _region.ExpectMsg<Lead>().Target);
        _disk.Fault = null;

        _region.FishForMessage<Lead>(l => l.Target == topicId(0));
    }

    [Fact]
    public async Task Folder_that_no_topic_owns_is_put_aside_at_the_start()
    {
        Change(Create("orders", 1, out var topicId));
        Up(topicId(0));
        await _node.GracefulStop(TimeSpan.FromSeconds(30));
        _node = Start();
        _image = MetadataImage.Empty;

        var id = Change(Create("orders", 1, out var newId));
        _node.Tell(new AwaitLeaders([id]), TestActor);
        Up(newId(0));

        ExpectMsg<LeadersUp>();
        Assert.Equal(newId(0), _logs.Get(new TopicPartition("orders", 0))!.Id);
        Assert.Contains(_disk.FoldersIn("data"), f => f.Contains("-stray", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Folder_that_cannot_be_put_aside_costs_no_other_topic()
    {
        Change(Create("orders", 1, out var topicId));
        Up(topicId(0));
        await _node.GracefulStop(TimeSpan.FromSeconds(30));
        _disk.Fault = (operation, path) => operation == DiskOperation.Move && path.EndsWith("orders-0", StringComparison.Ordinal) ? new IOException("broken") : null;
        _node = Start();
        _image = MetadataImage.Empty;

        var id = Change(Create("payments", 1, out var newId));
        _node.Tell(new AwaitLeaders([id]), TestActor);
        Up(newId(0));

        ExpectMsg<LeadersUp>();
    }

    [Fact]
    public void Changed_defaults_reach_every_log()
    {
        Change(Create("orders", 1, out var topicId));
        Up(topicId(0));

        Change([new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Broker, ResourceName = "", Name = "log.retention.ms", Value = "77" }]);

        _region.FishForMessage<Refresh>(r => r.Target == topicId(0));
        Assert.Equal(77, _logs.Get(new TopicPartition("orders", 0))!.Config.RetentionMs);
    }

    [Fact]
    public void Replica_of_another_leader_is_followed_and_led_only_when_its_follower_has_stopped()
    {
        var id = Guid.NewGuid();
        var partition = new TopicIdPartition(id, "orders", 0);
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2, NodeId], Leader = 2, LeaderEpoch = 4 }]);
        Assert.Equal(new Follow(partition, 2, 4), _replicas.ExpectMsg<Follow>());
        Assert.NotNull(_logs.Get(partition.TopicPartition));

        Change([new PartitionChangeRecord { TopicId = id, Leader = NodeId }]);
        var unfollow = _replicas.ExpectMsg<Unfollow>(u => u.Target == partition);
        _region.ExpectNoMsg(TimeSpan.Zero);
        _node.Tell(new Unfollowed(partition, unfollow.Number));

        _region.ExpectMsg<Lead>(l => l == new Lead(partition, 5));
    }

    [Fact]
    public void Word_of_a_followers_end_that_comes_late_lets_nobody_lead_what_the_next_follower_writes_to()
    {
        var id = Guid.NewGuid();
        var partition = new TopicIdPartition(id, "orders", 0);
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2, NodeId], Leader = 2 }]);
        Change([new PartitionChangeRecord { TopicId = id, Leader = NodeId }]);
        var first = EndFollower(partition);
        _region.FishForMessage<Lead>(l => l == new Lead(partition, 1));
        Change([new PartitionChangeRecord { TopicId = id, Leader = 2 }]);
        Change([new PartitionChangeRecord { TopicId = id, Leader = NodeId }]);

        _node.Tell(new Unfollowed(partition, first));
        _node.Tell(new AwaitLeaders([]), TestActor);
        ExpectMsg<LeadersUp>();

        while (_region.HasMessages)
            Assert.Equal(1, _region.ExpectMsg<Lead>().LeaderEpoch);
        EndFollower(partition, otherThan: first);
        _region.FishForMessage<Lead>(l => l == new Lead(partition, 3));
    }

    [Fact]
    public void Leader_that_is_deposed_resigns_here_and_follows()
    {
        var id = Change(Create("orders", 1, out var topicId, 2));
        var leader = CreateTestProbe();
        Up(topicId(0), leader.Ref);

        Change([new PartitionChangeRecord { TopicId = id, Leader = 2, Isr = [NodeId, 2] }]);

        leader.ExpectMsg<Resign>(r => r.Target == topicId(0));
        _replicas.ExpectMsg<Follow>(f => f == new Follow(topicId(0), 2, 1));
    }

    [Fact]
    public void Node_that_fails_ends_and_makes_no_leader_resign()
    {
        Change(Create("orders", 1, out var topicId));
        var leader = CreateTestProbe();
        Up(topicId(0), leader.Ref);
        Watch(_node);

        _node.Tell(new AwaitLeaders(null!));

        ExpectTerminated(_node);
        leader.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Replica_without_a_leader_is_followed_no_more_and_its_log_stays()
    {
        var id = Guid.NewGuid();
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2], Leader = 2 }]);
        _replicas.ExpectMsg<Follow>();

        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.NoLeader }]);

        EndFollower(new TopicIdPartition(id, "orders", 0));
        Assert.NotNull(_logs.Get(new TopicPartition("orders", 0)));
    }

    [Fact]
    public void Log_of_a_replica_that_is_taken_away_is_deleted_when_its_follower_has_stopped()
    {
        var id = Guid.NewGuid();
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2], Leader = 2 }]);
        _replicas.ExpectMsg<Follow>();

        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2] }]);
        var unfollow = _replicas.ExpectMsg<Unfollow>();
        Assert.NotNull(_logs.Get(new TopicPartition("orders", 0)));
        _node.Tell(new Unfollowed(unfollow.Target, unfollow.Number));

        AwaitCondition(() => _logs.Get(new TopicPartition("orders", 0)) is null);
    }

    [Fact]
    public void Replica_that_is_given_back_while_its_follower_stops_keeps_its_log_when_it_leads()
    {
        var id = Guid.NewGuid();
        var partition = new TopicIdPartition(id, "orders", 0);
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2], Leader = 2 }]);
        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2] }]);
        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2, NodeId], Isr = [2, NodeId] }]);
        var taken = EndFollower(partition);

        Change([new PartitionChangeRecord { TopicId = id, Leader = NodeId }]);
        EndFollower(partition, otherThan: taken);

        _region.ExpectMsg<Lead>(l => l.Target == partition);
        AwaitDeletionOfAnother();
        Assert.NotNull(_logs.Get(partition.TopicPartition));
    }

    [Fact]
    public void Leader_that_is_taken_away_and_given_back_while_it_resigns_keeps_its_log()
    {
        var id = Change(Create("orders", 1, out var topicId, 2));
        Up(topicId(0), CreateTestProbe().Ref);

        Change([new PartitionChangeRecord { TopicId = id, Leader = 2, Isr = [2], Replicas = [2] }]);
        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2, NodeId] }]);
        _node.Tell(new Resigned(topicId(0)));

        _replicas.ExpectMsg<Follow>(f => f.Target == topicId(0));
        AwaitDeletionOfAnother();
        Assert.NotNull(_logs.Get(topicId(0).TopicPartition));
    }

    [Fact]
    public void Replica_that_is_given_back_while_its_log_is_deleted_gets_another()
    {
        var id = Guid.NewGuid();
        var partition = new TopicIdPartition(id, "orders", 0);
        Change([new TopicRecord { Name = "orders", TopicId = id }, new PartitionRecord { TopicId = id, Replicas = [2, NodeId], Isr = [2], Leader = 2 }]);
        Assert.Equal(0, _replicas.ExpectMsg<Follow>().LeaderEpoch);
        var first = _logs.Get(partition.TopicPartition)!;
        using var isMoving = new ManualResetEventSlim();
        using var mayMove = new ManualResetEventSlim();
        _disk.Fault = (operation, path) =>
        {
            if (operation == DiskOperation.Move && path.EndsWith("orders-0", StringComparison.Ordinal))
            {
                isMoving.Set();
                mayMove.Wait();
            }
            return null;
        };
        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2] }]);
        EndFollower(partition);
        isMoving.Wait();

        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Replicas = [2, NodeId] }]);
        _node.Tell(new AwaitMetadata(MetadataOffset: 0), TestActor);
        ExpectMsg<MetadataFollowed>();
        mayMove.Set();

        _replicas.FishForMessage<Follow>(f => f.Target == partition);
        AwaitCondition(() => _logs.Get(partition.TopicPartition) is { } log && log != first);
    }

    [Fact]
    public void Change_of_the_isr_reaches_the_leader()
    {
        var id = Change(Create("orders", 1, out var topicId, 2));
        Up(topicId(0));

        Change([new PartitionChangeRecord { TopicId = id, Leader = PartitionImage.LeaderUnchanged, Isr = [NodeId, 2] }]);

        _region.FishForMessage<Refresh>(r => r.Target == topicId(0));
    }

    [Fact]
    public async Task Replica_whose_log_has_failed_is_neither_led_nor_followed()
    {
        Change(Create("orders", 2, out var topicId));
        var leader = CreateTestProbe();
        Up(topicId(0), leader.Ref);
        Up(topicId(1));
        _disk.Fault = (operation, path) => operation == DiskOperation.Write && path.Contains("orders-0", StringComparison.Ordinal) ? new IOException("broken") : null;
        var log = _logs.Get(topicId(0).TopicPartition)!;
        await log.AppendAsync(log.TakeOver(), TestBatches.Of("a"));

        _node.Tell(LogsFailed.Instance);

        leader.ExpectMsg<Resign>(r => r.Target == topicId(0));
        Assert.True(_led.TryGet(topicId(1).TopicPartition, out _));
        Change([new PartitionChangeRecord { TopicId = topicId(0).TopicId, Leader = 2, Replicas = [NodeId, 2], Isr = [2] }]);
        Change(Create("payments", 1, out var other, 2));
        _replicas.ExpectNoMsg(TimeSpan.Zero);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _logs.Dispose();
    }

    private static IMessage[] Create(string topic, int partitions, out Func<int, TopicIdPartition> idOf, params int[] followers)
    {
        var id = Guid.NewGuid();
        idOf = partition => new TopicIdPartition(id, topic, partition);
        return
        [
            new TopicRecord { Name = topic, TopicId = id },
            .. Enumerable.Range(0, partitions).Select(p => new PartitionRecord { TopicId = id, PartitionId = p, Replicas = [NodeId, .. followers], Isr = [NodeId], Leader = NodeId }),
        ];
    }

    private LogManager Open() => LogManager.Open(new LogManagerOptions
    {
        DataFolders = ["data"],
        NodeId = NodeId,
        Disk = _disk,
        Time = TimeProvider.System,
        Random = new Random(1),
        Drive = LogWriterDrive.Inline,
    });

    private IActorRef Start() => Sys.ActorOf(NodeActor.Props(NodeId, _logs, _region.Ref, _led, _ => new LogConfig
    {
        RetentionMs = _image.ClusterConfigs.TryGetValue("log.retention.ms", out var ms) ? long.Parse(ms) : 1000,
    }, _replicas.Ref));

    /// <summary>What was begun before it is done then.</summary>
    private void AwaitDeletionOfAnother()
    {
        var id = Change(Create("another", 1, out var another));
        Up(another(0));
        Change([new RemoveTopicRecord { TopicId = id }]);
        _region.FishForMessage<Resign>(r => r.Target == another(0));
        _node.Tell(new Resigned(another(0)));
        AwaitCondition(() => _logs.Get(another(0).TopicPartition) is null);
    }

    /// <summary>Tells the node of the next image; answers the first topic id in the records.</summary>
    private Guid Change(IMessage[] records)
    {
        var last = _image;
        _image = MetadataImageBuilder.Apply(last, records, last.Offset + records.Length, 1);
        _node.Tell(new MetadataChanged(last, _image));
        return records.OfType<TopicRecord>().FirstOrDefault()?.TopicId ?? Guid.Empty;
    }

    /// <summary>Says that the follower which was last told to end has, and returns the number of that; not of the one that ended before.</summary>
    private long EndFollower(TopicIdPartition partition, long otherThan = -1)
    {
        var number = _replicas.FishForMessage<Unfollow>(u => u.Target == partition && u.Number != otherThan).Number;
        _node.Tell(new Unfollowed(partition, number));
        return number;
    }

    private void Up(TopicIdPartition partition, IActorRef? owner = null)
    {
        _region.FishForMessage<Lead>(l => l.Target == partition);
        _led.Register(new LedPartition(partition, _logs.Get(partition.TopicPartition)!, new PartitionView(0, 0, 0, 0, 0)) { Owner = owner ?? ActorRefs.Nobody });
        _node.Tell(new Leading(partition, 0, ErrorCode.None));
    }
}
