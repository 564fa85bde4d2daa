using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Support;
using Akka.Tests;

namespace Akka.Broker.Tests.Partitions;

public sealed class PartitionActorSpec() : PatientTestKit(PartitionTestContext.Hocon)
{
    [Fact]
    public void A_leader_answers_with_rising_base_offsets_and_publishes_what_it_committed()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);

        partition.Tell(context.Append(TestBatches.Of("a", "b", "c")), TestActor);
        partition.Tell(context.Append(TestBatches.Of("d")), TestActor);

        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
        Assert.Equal(3, ExpectMsg<AppendReply>().BaseOffset);
        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));
        Assert.Equal(new PartitionView(5, 0, 4, 4, 4), led.View);
    }

    [Fact]
    public void What_is_stored_carries_the_offset_and_the_leaders_epoch_and_a_valid_checksum()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(context.Append(TestBatches.Of("a")), TestActor);
        partition.Tell(context.Append(TestBatches.Of("b")), TestActor);
        ReceiveN(2);

        using var records = context.Log.Read(1, 1 << 20, long.MaxValue, minOneBatch: true);
        Assert.True(RecordBatch.TryRead(records.ToArray(), out var batch));
        Assert.Equal((1, 5, true), (batch.BaseOffset, batch.PartitionLeaderEpoch, batch.HasValidCrc));
    }

    [Fact]
    public void Nothing_is_acknowledged_before_its_own_write()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), LogWriterDrive.Manual);
        var partition = StartDriven(context);
        partition.Tell(context.Append(TestBatches.From(7, 0, 0, "a")), TestActor);
        partition.Tell(context.Append(TestBatches.From(7, 0, 0, "a")), TestActor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));

        DrainUntil(context, () => context.Log.LogEndOffset == 1);

        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
        Assert.Equal(1, context.Log.LogEndOffset);
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_is_answered_with_its_first_offset_and_stored_once()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);

        var replies = await Task.WhenAll(
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 0, 0, "a", "b"))),
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 0, 2, "c"))),
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 0, 0, "a", "b"))));

        Assert.Equal([0L, 2L, 0L], replies.Select(r => r.BaseOffset));
        Assert.Equal(3, context.Log.LogEndOffset);
    }

    [Fact]
    public async Task A_sequence_with_a_gap_and_a_stale_producer_epoch_are_refused()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);

        var replies = await Task.WhenAll(
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 1, 0, "a"))),
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 1, 2, "c"))),
            partition.Ask<AppendReply>(context.Append(TestBatches.From(7, 0, 0, "z"))));

        Assert.Equal([ErrorCode.None, ErrorCode.OutOfOrderSequenceNumber, ErrorCode.InvalidProducerEpoch], replies.Select(r => r.Error));
    }

    [Fact]
    public void Producers_are_known_again_after_the_entity_was_restarted()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(context.Append(TestBatches.From(7, 0, 0, "a")), TestActor);
        ExpectMsg<AppendReply>();
        Watch(partition);
        Sys.Stop(partition);
        ExpectTerminated(partition);

        // The parent may hear of its end later than this spec, and the name is taken until then.
        AwaitAssert(() => partition = context.Start(Sys));
        partition.Tell(context.Append(TestBatches.From(7, 0, 0, "a")), TestActor);

        Assert.Equal(0, ExpectMsg<AppendReply>().BaseOffset);
        Assert.Equal(1, context.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(4, ErrorCode.NotLeaderOrFollower)]
    [InlineData(6, ErrorCode.NotLeaderOrFollower)]
    [InlineData(-1, ErrorCode.None)]
    public void A_command_of_another_leader_epoch_is_refused(int epoch, ErrorCode expected)
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        context.Start(Sys).Tell(context.Append(TestBatches.Of("a"), epoch: epoch), TestActor);

        Assert.Equal(expected, ExpectMsg<AppendReply>().Error);
    }

    [Fact]
    public void A_command_behind_its_deadline_is_refused()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        context.Start(Sys).Tell(context.Append(TestBatches.Of("a"), deadline: 0), TestActor);

        Assert.Equal(ErrorCode.RequestTimedOut, ExpectMsg<AppendReply>().Error);
        Assert.Equal(0, context.Log.LogEndOffset);
    }

    [Fact]
    public async Task Clients_may_not_write_to_internal_topics()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), topic: "__consumer_offsets");
        var partition = context.Start(Sys);

        var replies = await Task.WhenAll(
            partition.Ask<AppendReply>(context.Append(TestBatches.Of("a"))),
            partition.Ask<AppendReply>(context.Append(TestBatches.Of("a"), origin: AppendOrigin.Coordinator)));

        Assert.Equal([ErrorCode.InvalidTopicException, ErrorCode.None], replies.Select(r => r.Error));
    }

    [Fact]
    public async Task Too_few_in_sync_replicas_refuse_acks_all_and_let_acks_one_through()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), minInSync: 2);
        var partition = context.Start(Sys);

        var replies = await Task.WhenAll(
            partition.Ask<AppendReply>(context.Append(TestBatches.Of("a"), acks: -1)),
            partition.Ask<AppendReply>(context.Append(TestBatches.Of("a"), acks: 1)));

        Assert.Equal([ErrorCode.NotEnoughReplicas, ErrorCode.None], replies.Select(r => r.Error));
        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));
        Assert.Equal((0, 1), (led.View.HighWatermark, led.View.LogEndOffset));
    }

    [Fact]
    public async Task A_topic_of_fewer_replicas_than_it_is_to_have_in_sync_commits_with_all_of_them()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), minInSync: 3);
        context.Change(new PartitionChangeRecord { TopicId = PartitionTestContext.TopicId, Leader = PartitionImage.LeaderUnchanged, Replicas = [PartitionTestContext.NodeId] });
        var partition = context.Start(Sys);

        var reply = await partition.Ask<AppendReply>(context.Append(TestBatches.Of("a")));

        Assert.Equal(ErrorCode.None, reply.Error);
        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));
        Assert.Equal(1, led.View.HighWatermark);
    }

    [Fact]
    public async Task A_follower_that_leaves_is_not_left_behind_by_a_setting_that_was_raised_before()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var minInSync = 1;
        context.Change(new PartitionChangeRecord { TopicId = PartitionTestContext.TopicId, Leader = PartitionImage.LeaderUnchanged, Isr = [1, 2] });
        var time = new ManualTime();
        var partition = Sys.ActorOf(PartitionActor.Props(context.Services with { MinInSyncReplicas = _ => minInSync, IsrChanges = TestActor, Time = time, ReplicaLagTimeMaxMs = 20 }), PartitionEntity.NameOf(context.Id));
        await partition.Ask<AppendReply>(context.Append(TestBatches.Of("a"), acks: 1));
        time.Advance(TimeSpan.FromSeconds(1));
        var asked = ExpectMsg<ProposeIsr>();

        minInSync = 2;
        partition.Tell(new IsrAnswered(asked.Proposal, new IsrAnswer(ErrorCode.None, 5, asked.Proposal.PartitionEpoch + 1, [1])));
        var reply = await partition.Ask<AppendReply>(context.Append(TestBatches.Of("b")));

        Assert.Equal(ErrorCode.NotEnoughReplicas, reply.Error);
        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));
        Assert.Equal(0, led.View.HighWatermark);
    }

    [Fact]
    public void Log_append_time_is_stamped_and_answered()
    {
        var config = new LogConfig { TimestampType = TimestampType.LogAppendTime };
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), config: config);
        context.Start(Sys).Tell(context.Append(TestBatches.Of("a")), TestActor);

        var reply = ExpectMsg<AppendReply>();
        using var records = context.Log.Read(0, 1 << 20, long.MaxValue, minOneBatch: true);
        Assert.True(RecordBatch.TryRead(records.ToArray(), out var batch));
        Assert.Equal((reply.LogAppendTimeMs, TimestampType.LogAppendTime, true), (batch.MaxTimestamp, batch.TimestampType, batch.HasValidCrc));
    }

    [Fact]
    public void An_entity_that_is_not_named_leader_refuses_and_leaves_the_log_alone()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        context.Metadata.Publish(PartitionTestContext.Image("t", leader: 2, leaderEpoch: 6));
        var token = context.Log.TakeOver();
        context.Start(Sys).Tell(context.Append(TestBatches.Of("a"), epoch: -1), TestActor);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, ExpectMsg<AppendReply>().Error);
        Assert.True(token.IsCurrent);
        Assert.Empty(context.Led.All);
    }

    [Fact]
    public void A_leader_that_resigns_sends_its_readers_away()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(new Lead(context.Id, 5), TestActor);
        Assert.Equal(ErrorCode.None, ExpectMsg<Leading>().Error);
        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));

        partition.Tell(new Resign(context.Id), TestActor);
        ExpectMsg<Resigned>();
        partition.Tell(context.Append(TestBatches.Of("a")), TestActor);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, ExpectMsg<AppendReply>().Error);
        Assert.True(led.IsClosed);
        Assert.Empty(context.Led.All);
    }

    [Fact]
    public void What_was_queued_is_answered_with_an_error_when_the_leader_resigns()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), LogWriterDrive.Manual);
        var partition = StartDriven(context);
        partition.Tell(context.Append(TestBatches.Of("a")), TestActor);
        partition.Tell(new Resign(context.Id), TestActor);

        var reply = ExpectMsg<AppendReply>();
        Assert.Equal((ErrorCode.NotLeaderOrFollower, true), (reply.Error, reply.IsMemoryInUse));
        ExpectMsg<Resigned>();
        context.Logs.Drain();
        Assert.Equal(0, context.Log.LogEndOffset);
    }

    [Fact]
    public void Who_asks_for_the_leader_is_answered_behind_what_was_appended_before()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk(), LogWriterDrive.Manual);
        var partition = StartDriven(context);
        partition.Tell(context.Append(TestBatches.Of("a")), TestActor);
        partition.Tell(new Lead(context.Id, 5), TestActor);

        DrainUntil(context, () => context.Log.LogEndOffset == 1);

        Assert.Equal(ErrorCode.None, ExpectMsg<AppendReply>().Error);
        Assert.Equal(ErrorCode.None, ExpectMsg<Leading>().Error);
    }

    [Fact]
    public void Deleted_records_move_the_log_start()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(context.Append(TestBatches.Of("a", "b", "c")), TestActor);
        ExpectMsg<AppendReply>();

        partition.Tell(new DeleteRecordsBefore(context.Id, 5, 2, long.MaxValue), TestActor);
        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), ExpectMsg<DeleteRecordsReply>());
        partition.Tell(new DeleteRecordsBefore(context.Id, 5, 1, long.MaxValue), TestActor);
        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), ExpectMsg<DeleteRecordsReply>());
        foreach (var outOfRange in new[] { 4, -2 })
        {
            partition.Tell(new DeleteRecordsBefore(context.Id, 5, outOfRange, long.MaxValue), TestActor);
            Assert.Equal(ErrorCode.OffsetOutOfRange, ExpectMsg<DeleteRecordsReply>().Error);
        }
        partition.Tell(new DeleteRecordsBefore(context.Id, 5, -1, long.MaxValue), TestActor);
        Assert.Equal(3, ExpectMsg<DeleteRecordsReply>().LowWatermark);

        Assert.True(context.Led.TryGet(context.Id.TopicPartition, out var led));
        Assert.Equal(3, led.View.LogStartOffset);
    }

    [Fact]
    public void Delete_waits_for_a_replica_that_lives_until_that_is_fenced_though_nothing_of_the_partition_changes()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(context.Append(TestBatches.Of("a", "b")), TestActor);
        ExpectMsg<AppendReply>();
        context.Change(new RegisterBrokerRecord { BrokerId = 2, BrokerEpoch = 9 });
        partition.Tell(new DeleteRecordsBefore(context.Id, 5, 1, 0), TestActor);
        Assert.Equal(new DeleteRecordsReply(ErrorCode.RequestTimedOut, -1), ExpectMsg<DeleteRecordsReply>());

        partition.Tell(new DeleteRecordsBefore(context.Id, 5, 2, long.MaxValue), TestActor);
        AwaitCondition(() => context.Led.TryGet(context.Id.TopicPartition, out var led) && led.View.LogStartOffset == 2);
        context.Change(new BrokerRegistrationChangeRecord { BrokerId = 2, BrokerEpoch = 9, Fenced = true });

        Assert.Equal(new DeleteRecordsReply(ErrorCode.None, 2), ExpectMsg<DeleteRecordsReply>());
    }

    [Fact]
    public void Producers_are_listed()
    {
        using var context = new PartitionTestContext(Sys, new MemoryDisk());
        var partition = context.Start(Sys);
        partition.Tell(context.Append(TestBatches.From(7, 3, 0, "a", "b")), TestActor);
        ExpectMsg<AppendReply>();

        partition.Tell(new GetProducers(context.Id, 5), TestActor);

        Assert.Equal(new ActiveProducer(7, 3, 1, 1_000, -1, -1), Assert.Single(ExpectMsg<ProducersReply>().Producers));
    }

    /// <summary>Recovery itself queues work to the writer, so it is driven until the leader is up.</summary>
    private IActorRef StartDriven(PartitionTestContext context)
    {
        var partition = context.Start(Sys);
        DrainUntil(context, () => context.Led.All.Any());
        return partition;
    }

    private void DrainUntil(PartitionTestContext context, Func<bool> done) =>
        AwaitCondition(() =>
        {
            context.Logs.Drain();
            return done();
        });
}
