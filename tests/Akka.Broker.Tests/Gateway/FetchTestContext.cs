using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Tests.Gateway;

/// <summary>A gateway that serves fetches from real logs.</summary>
internal sealed class FetchTestContext : IAsyncDisposable
{
    private const int ResponseBytesMax = 50 * 1024 * 1024;

    private readonly LateFetchHandler _late = new();

    public FetchTestContext(LogConfig? config = null, int sessionsMax = 2, ControllerLease? lease = null, bool isRackAware = false)
    {
        Metadata.PublishBrokers();
        Logs = new LedLogs(Metadata, config);
        Finder = new LedPartitionFinder(TestTopics.ThisNode, Metadata, Logs.Led);
        // Time jumps in these tests, while a send may be about to end.
        Gateway = new GatewayTestContext(
            new ConnectionLimits { SendBlockedMsMax = int.MaxValue },
            _late,
            new OffsetForLeaderEpochHandler(Finder),
            new DeleteRecordsHandler(Finder, Port, TimeProvider.System),
            new DescribeProducersHandler(Finder, Port),
            new DescribeLogDirsHandler(Logs.Logs, [Logs.Folder]));
        var options = new FetchOptions(TestTopics.ThisNode, ResponseBytesMax, sessionsMax)
        {
            Throttle = ReplicationThrottle.OfLeaders(new ConfigResolver(TestTopics.ThisNode, []), Metadata, Gateway.Time),
            Lease = lease ?? ControllerLease.Endless(),
            RackAware = isRackAware,
        };
        _late.Handler = new FetchHandler(options, Metadata, Logs.Led, Gateway.Server.Wheel, Gateway.Time, new Random(3));
    }

    public MetadataCache Metadata { get; } = new();

    public LedLogs Logs { get; }

    public MemoryPartitionPort Port { get; } = new();

    public LedPartitionFinder Finder { get; }

    public GatewayTestContext Gateway { get; }

    /// <summary>What serves fetches, for who calls it without a socket.</summary>
    public FetchHandler Fetches => _late.Handler;

    /// <summary>A topic whose partitions are all led here.</summary>
    public List<LedPartition> CreateTopic(string name, int partitions = 1)
    {
        Metadata.PublishTopic(name, [.. Enumerable.Repeat(TestTopics.ThisNode, partitions)]);
        return [.. Enumerable.Range(0, partitions).Select(p => Logs.Lead(name, p))];
    }

    /// <summary>A request without a session.</summary>
    public FetchRequest Request(string topic, params (int Partition, long Offset)[] partitions) => new()
    {
        MaxWaitMs = 500,
        MinBytes = 1,
        MaxBytes = 1 << 20,
        Topics =
        [
            new()
            {
                Topic = topic,
                TopicId = Metadata.Current.Topics.GetValueOrDefault(topic)?.Id ?? Guid.NewGuid(),
                Partitions = [.. partitions.Select(p => new FetchRequest.FetchPartition { Partition = p.Partition, FetchOffset = p.Offset, PartitionMaxBytes = 1 << 20 })],
            },
        ],
    };

    public static Task<FetchResponse> FetchAsync(WireClient client, FetchRequest request, short version = 12) =>
        client.AskAsync<FetchRequest, FetchResponse>(request, version);

    public static FetchResponse.PartitionData Only(FetchResponse response) => Assert.Single(Assert.Single(response.Responses).Partitions);

    public static byte[] BytesOf(FetchResponse.PartitionData data) => ((MemoryRecords)data.Records!).Memory.ToArray();

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Logs.Dispose();
    }

    /// <summary>The gateway wants its handlers before it has the wheel that fetches need.</summary>
    private sealed class LateFetchHandler : RequestHandler<FetchRequest, FetchResponse>
    {
        public FetchHandler Handler { get; set; } = null!;

        public override (short Min, short Max) Versions => (4, 18);

        public override ValueTask<FetchResponse> HandleAsync(FetchRequest request, RequestContext context, CancellationToken connectionClosed) =>
            Handler.HandleAsync(request, context, connectionClosed);
    }
}
