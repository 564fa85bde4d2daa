using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
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
        var answers = new Queue<TaskCompletionSource<FetchResponse>>([new(), new(), new()]);
        _leader.Answer<FetchRequest, FetchResponse>(request =>
        {
            TestActor.Tell(request, TestActor);
            return answers.Dequeue().Task;
        });
        var pending = answers.ToArray();
        _metadata.PublishBrokers();
        var options = new ReplicaOptions { NodeId = TestTopics.ThisNode, InterBrokerListener = _metadata.Current.Brokers[TestTopics.OtherNode].Endpoints[0].Listener };
        var fetcher = Sys.ActorOf(FetcherActor.Props(new ReplicaServices(options, _logs, _metadata, new LedPartitions(), _leader), TestTopics.OtherNode));
        fetcher.Tell(new FetchFrom(Target, Start, BacksOff: false), TestActor);
        Assert.Equal(0, ExpectMsg<FetchRequest>().SessionEpoch);

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

    protected override void AfterAll()
    {
        _logs.Dispose();
        base.AfterAll();
    }

    private static FetchResponse Told(long highWatermark) => new()
    {
        SessionId = SessionId,
        Responses = [new() { TopicId = Target.TopicId, Partitions = [new() { PartitionIndex = Target.Partition, HighWatermark = highWatermark }] }],
    };
}
