using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Support;
using Akka.Tests;

namespace Akka.Broker.Tests.Partitions;

/// <summary>What producers are answered when the disk under a leader is full or fails.</summary>
public sealed class PartitionFailureSpec() : PatientTestKit(PartitionTestContext.Hocon)
{
    private const long Producer = 7;

    private readonly FaultyDisk _disk = new(new MemoryDisk());

    [Fact]
    public async Task What_a_producer_sent_behind_a_refused_batch_may_be_sent_again_with_it()
    {
        using var context = new PartitionTestContext(Sys, _disk);
        var partition = context.Start(Sys);
        Assert.Equal(ErrorCode.None, (await SendAsync(context, partition, 0)).Error);
        _disk.Fault = Full;
        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 1)).Error);
        _disk.Fault = null;
        partition = Restart(context, partition);

        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 2)).Error);
        Assert.Equal(1, (await SendAsync(context, partition, 1)).BaseOffset);
        Assert.Equal(2, (await SendAsync(context, partition, 2)).BaseOffset);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await SendAsync(context, partition, 5)).Error);
    }

    [Fact]
    public async Task Batch_behind_a_producers_refused_first_one_does_not_come_before_it()
    {
        using var context = new PartitionTestContext(Sys, _disk);
        var partition = context.Start(Sys);
        _disk.Fault = Full;
        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 0)).Error);
        _disk.Fault = null;
        partition = Restart(context, partition);

        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 1)).Error);
        Assert.Equal(0, (await SendAsync(context, partition, 0)).BaseOffset);
        Assert.Equal(1, (await SendAsync(context, partition, 1)).BaseOffset);
    }

    [Fact]
    public async Task Batch_that_was_answered_with_an_error_and_is_in_the_log_is_known_when_it_comes_again()
    {
        using var context = new PartitionTestContext(Sys, _disk);
        var partition = context.Start(Sys);
        Assert.Equal(0, (await SendAsync(context, partition, 0)).BaseOffset);
        context.Services.Refused.Note(context.Id, new(TestBatches.From(Producer, 0, 0, "a").Span), ErrorCode.KafkaStorageError);

        Assert.Equal(0, (await SendAsync(context, partition, 0)).BaseOffset);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (await SendAsync(context, partition, 2)).Error);
    }

    [Fact]
    public async Task Command_that_a_stopped_leader_has_not_seen_is_answered()
    {
        using var context = new PartitionTestContext(Sys, _disk);
        var lost = Sys.ActorOf(LostCommands.Props(context.Services));
        await lost.Ask<ActorIdentity>(new Identify(1));
        var partition = context.Start(Sys);
        await SendAsync(context, partition, 0);
        Sys.Stop(Watch(partition));
        ExpectTerminated(partition);

        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 1)).Error);
        Assert.Equal(ErrorCode.KafkaStorageError, (await partition.Ask<DeleteRecordsReply>(new DeleteRecordsBefore(context.Id, 5, 0, long.MaxValue))).Error);
        context.Metadata.Publish(PartitionTestContext.Image("t", leader: 2, leaderEpoch: 6));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await SendAsync(context, partition, 1)).Error);
    }

    [Fact]
    public async Task Leader_that_resigns_since_its_folder_is_offline_says_so()
    {
        using var context = new PartitionTestContext(Sys, _disk);
        var partition = context.Start(Sys);
        await SendAsync(context, partition, 0);
        _disk.Fault = (operation, _) => operation is DiskOperation.Write or DiskOperation.Open ? new IOException("bad disk") : null;
        await context.Logs.CheckpointAsync(syncAll: true);
        Assert.NotNull(context.Log.Failure);

        partition.Tell(new Resign(context.Id), TestActor);

        ExpectMsg<Resigned>();
        Assert.Equal(ErrorCode.KafkaStorageError, (await SendAsync(context, partition, 1)).Error);
        Assert.Empty(context.Led.All);
    }

    private static Exception? Full(DiskOperation operation, string path) => operation == DiskOperation.Write && path.EndsWith(".log", StringComparison.Ordinal) ? new DiskFullException("full") : null;

    private static Task<AppendReply> SendAsync(PartitionTestContext context, IActorRef partition, int sequence) =>
        partition.Ask<AppendReply>(context.Append(TestBatches.From(Producer, 0, sequence, "a")), TimeSpan.FromSeconds(10));

    private IActorRef Restart(PartitionTestContext context, IActorRef stopped)
    {
        Watch(stopped);
        ExpectTerminated(stopped);
        // Its name is free a moment later.
        IActorRef next = ActorRefs.Nobody;
        AwaitAssert(() => next = context.Start(Sys));
        return next;
    }
}
