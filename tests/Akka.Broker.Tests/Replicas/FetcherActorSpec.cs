using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Interbroker;
using Akka.Tests;

namespace Akka.Broker.Tests.Replicas;

/// <summary>A follower's fetcher against a leader that the spec plays.</summary>
public sealed class FetcherActorSpec : PatientTestKit
{
    private const int SessionId = 77;
    private static readonly TopicIdPartition Target = new(Guid.NewGuid(), "orders", 0);
    private static readonly ReplicaFetch Start = new(5, 0, -1, 0);
    private readonly MemoryBrokerConnections _leader = new();
    private readonly MetadataCache _metadata = new();
    private readonly LogManager _logs = LogManager.Open(new LogManagerOptions
    {
        DataFolders = ["/data"],
        NodeId = TestTopics.ThisNode,
        Disk = new MemoryDisk(),
        Time = TimeProvider.System,
        Random = new Random(1),
        Drive = LogWriterDrive.Inline,
    });

    [Fact]
    public void What_a_leader_told_and_nobody_took_is_asked_for_anew()
    {
        var (fetcher, pending) = Begin();

        // The replica begins elsewhere, for which it hurries the leader; the answer to what it asked before tells a watermark.
        var elsewhere = Start with { Offset = 1 };
        fetcher.Tell(new FetchFrom(Target, elsewhere, BacksOff: false), TestActor);
        Assert.Equal(FetcherSession.None, ExpectMsg<FetchRequest>().SessionEpoch);
        pending[0].SetResult(Told(3));

        var again = ExpectMsg<FetchRequest>();
        Assert.Equal((SessionId, 0), (again.SessionId, again.SessionEpoch));
        Assert.Equal(Target.Partition, Assert.Single(Assert.Single(again.Topics).Partitions).Partition);
        pending[2].SetResult(Told(3));
        Assert.Equal(3, ExpectMsg<PartitionFetched>().Data.HighWatermark);
    }

    [Fact]
    public void Log_start_that_moves_is_told_at_once_and_spoils_no_answer()
    {
        var (fetcher, pending) = Begin();

        fetcher.Tell(new TellLogStart(Target, 4), TestActor);
        Assert.Equal(FetcherSession.None, ExpectMsg<FetchRequest>().SessionEpoch);
        pending[0].SetResult(Told(3));

        var fetched = ExpectMsg<PartitionFetched>();
        Assert.Equal((Start, 3L), (fetched.Asked, fetched.Data.HighWatermark));
        fetcher.Tell(new FetchFrom(Target, Start with { LogStartOffset = 4 }, BacksOff: false), TestActor);
        var next = ExpectMsg<FetchRequest>();
        Assert.Equal((1, 4L), (next.SessionEpoch, Assert.Single(Assert.Single(next.Topics).Partitions).LogStartOffset));
    }

    [Fact]
    public void Log_start_of_a_partition_without_news_is_told_too()
    {
        var (fetcher, pending) = Begin();

        fetcher.Tell(new TellLogStart(Target, 4), TestActor);
        ExpectMsg<FetchRequest>();
        pending[0].SetResult(new FetchResponse { SessionId = SessionId });

        var next = ExpectMsg<FetchRequest>();
        Assert.Equal((1, 4L), (next.SessionEpoch, Assert.Single(Assert.Single(next.Topics).Partitions).LogStartOffset));
    }

    [Fact]
    public void Throttled_replica_asks_for_a_mebibyte_at_most()
    {
        _metadata.PublishReplicatedTopic("moved");
        var target = new TopicIdPartition(_metadata.Current.Topics["moved"].Id, "moved", 0);
        _metadata.PublishBrokers();
        _leader.Answer<FetchRequest, FetchResponse>(request =>
        {
            TestActor.Tell(request, TestActor);
            return new TaskCompletionSource<FetchResponse>().Task;
        });
        Assert.Equal(4 << 20, Asked());

        _metadata.PublishTopicConfig("moved", "follower.replication.throttled.replicas", "*");

        Assert.Equal(1 << 20, Asked());

        int Asked()
        {
            var options = new ReplicaOptions { NodeId = TestTopics.OtherNode, InterBrokerListener = _metadata.Current.Brokers[TestTopics.ThisNode].Endpoints[0].Listener };
            var throttle = ReplicationThrottle.OfFollowers(new ConfigResolver(TestTopics.OtherNode, []), _metadata, TimeProvider.System);
            var services = new ReplicaServices(options, _logs, _metadata, new LedPartitions(), _leader) { Throttle = throttle };
            Sys.ActorOf(FetcherActor.Props(services, TestTopics.ThisNode)).Tell(new FetchFrom(target, Start, BacksOff: false), TestActor);
            return Assert.Single(Assert.Single(ExpectMsg<FetchRequest>().Topics).Partitions).PartitionMaxBytes;
        }
    }

    protected override void AfterAll()
    {
        _logs.Dispose();
        base.AfterAll();
    }

    /// <summary>A fetcher that has asked once, and the answers that the leader is to give in turn.</summary>
    private (IActorRef Fetcher, TaskCompletionSource<FetchResponse>[] Pending) Begin()
    {
        TaskCompletionSource<FetchResponse>[] pending = [new(), new(), new()];
        var answers = new Queue<TaskCompletionSource<FetchResponse>>(pending);
        _leader.Answer<FetchRequest, FetchResponse>(request =>
        {
            TestActor.Tell(request, TestActor);
            return answers.Dequeue().Task;
        });
        _metadata.PublishBrokers();
        var options = new ReplicaOptions { NodeId = TestTopics.ThisNode, InterBrokerListener = _metadata.Current.Brokers[TestTopics.OtherNode].Endpoints[0].Listener };
        var fetcher = Sys.ActorOf(FetcherActor.Props(new ReplicaServices(options, _logs, _metadata, new LedPartitions(), _leader), TestTopics.OtherNode));
        fetcher.Tell(new FetchFrom(Target, Start, BacksOff: false), TestActor);
        Assert.Equal(0, ExpectMsg<FetchRequest>().SessionEpoch);
        return (fetcher, pending);
    }

    private static FetchResponse Told(long highWatermark) => new()
    {
        SessionId = SessionId,
        Responses = [new() { TopicId = Target.TopicId, Partitions = [new() { PartitionIndex = Target.Partition, HighWatermark = highWatermark }] }],
    };
}
