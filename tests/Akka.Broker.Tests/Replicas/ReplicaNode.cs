using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Groups;
using Akka.Broker.Journals;
using Akka.Broker.Nodes;
using Akka.Broker.Operations;
using Akka.Broker.Partitions;
using Akka.Broker.Quorum;
using Akka.Broker.Repair;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Scrubbing;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Partitions;

namespace Akka.Broker.Tests.Replicas;

/// <summary>One broker of a <see cref="ReplicaCluster"/>: all that leads and follows there.</summary>
internal sealed class ReplicaNode : IAsyncDisposable
{
    private const string Brokers = "BROKERS";
    private const string Clients = "PLAINTEXT";
    private readonly ReplicaCluster _cluster;
    private readonly ActorSystem _system;
    private readonly GatewayServer _gateway;
    private readonly IActorRef _node;
    private readonly LateHandler _fetch = new();

    public ReplicaNode(int id, ReplicaCluster cluster, long lagTimeMaxMs, bool isRackAware, TimeProvider lagTime)
    {
        Id = id;
        _cluster = cluster;
        var time = TimeProvider.System;
        _system = ActorSystem.Create($"node-{id}", PartitionTestContext.Hocon);
        _system.EventStream.Subscribe(_system.ActorOf(Props.Create(() => new WarningReader(Warnings))), typeof(Event.Warning));
        Logs = LogManager.Open(new LogManagerOptions
        {
            DataFolders = ["/data"],
            NodeId = id,
            Disk = Disk,
            Time = time,
            Random = new Random(id),
            Drive = LogWriterDrive.Thread,
            OnEvent = Events.Enqueue,
            Scrubber = new LogScrubberOptions { IsEnabled = true, IoBytesPerSecondMax = long.MaxValue },
        });
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        _gateway = GatewayServer.Bind(
            [new(Clients, any), new(Brokers, any, IsInterBroker: true)], new ConnectionLimits(), time, new MemoryGatewayLog());
        var storage = new BrokerStorage(Logs, Metadata, ["/data"]);
        storage.RegisterWith(_system);
        // So long that a test which has to wait for it fails.
        var options = new ReplicaOptions { NodeId = id, InterBrokerListener = Brokers, FetchWaitMaxMs = 60_000, FetchBackoffMs = 10 };
        var connections = new BrokerConnections(new BrokerConnectionOptions { ClientId = $"broker-{id}" }, time, new Random(id));
        Logs.Copies = new ReplicaCopies(id, Metadata, Brokers, connections, new QuorumPort(TimeProvider.System, 2000));
        Operations = _system.ActorOf(OperationsActor.Props(Logs, new GroupHistory(), static _ => { }, time));
        var services = new ReplicaServices(options, Logs, Metadata, Followed, connections) { OperationsOf = broker => cluster[broker].Operations };
        Replicas = _system.ActorOf(ReplicasActor.Props(services));
        var isr = _system.ActorOf(IsrChangesActor.Props(id, () => Metadata.Current.Brokers[id].Epoch, request => Task.FromResult(cluster.Alter(request))));
        Services = new PartitionServices(id, storage, Metadata, Led, lagTime, _ => cluster.MinInSync, ProducerIdExpirationMs: 86_400_000)
        {
            IsrChanges = isr,
            ReplicaLagTimeMaxMs = lagTimeMaxMs,
            Lease = Lease,
        };
        Region = _system.ActorOf(Props.Create(() => new TestRegion(Services)));
        _node = _system.ActorOf(NodeActor.Props(id, Logs, Region, Led, _ => LogConfig.Default, Replicas));
        var fetch = new FetchOptions(id, 50 << 20, 100) { RackAware = isRackAware };
        _fetch.Handler = new FetchHandler(fetch, Metadata, Led, _gateway.Wheel, lagTime, new Random(id), Followed);
        _gateway.Serve(new HandlerTable([new ApiVersionsHandler(Metadata), _fetch]));
    }

    public int Id { get; }

    public string Rack => $"rack-{Id}";

    public MemoryDisk Disk { get; } = new();

    public LogManager Logs { get; }

    /// <summary>What the logs have told.</summary>
    public ConcurrentQueue<LogEvent> Events { get; } = new();

    /// <summary>What the actors have warned of.</summary>
    public ConcurrentQueue<string> Warnings { get; } = new();

    public MetadataCache Metadata { get; } = new();

    public LedPartitions Led { get; } = new();

    public LedPartitions Followed { get; } = new();

    public ControllerLease Lease { get; } = ControllerLease.Endless();

    public PartitionServices Services { get; }

    public IActorRef Region { get; }

    public IActorRef Replicas { get; }

    public IActorRef Operations { get; }

    public BrokerEndpoint InterBrokerEndpoint => new(Brokers, "127.0.0.1", _gateway.Listeners[1].Endpoint.Port);

    public IPEndPoint ClientEndpoint => _gateway.Listeners[0].Endpoint;

    public PartitionLog? Log => Logs.Get(_cluster.Id.TopicPartition);

    public LedPartition? Leading => Led.TryGet(_cluster.Id.TopicPartition, out var led) ? led : null;

    public LedPartition? Following => Followed.TryGet(_cluster.Id.TopicPartition, out var followed) ? followed : null;

    public void Learn(MetadataImage image)
    {
        var last = Metadata.Current;
        if (image.Offset <= last.Offset)
            return;
        Metadata.Publish(image);
        _node.Tell(new MetadataChanged(last, image));
    }

    public Task<AppendReply> AppendAsync(Memory<byte> batch, short acks = -1) =>
        Region.Ask<AppendReply>(new AppendRecords(_cluster.Id, -1, batch, acks, long.MaxValue, AppendOrigin.Client), TimeSpan.FromSeconds(20));

    /// <param name="offset">What lies before is deleted.</param>
    /// <param name="waits">For how long at most the other replicas are waited for.</param>
    public Task<DeleteRecordsReply> DeleteAsync(long offset, TimeSpan waits) =>
        Region.Ask<DeleteRecordsReply>(
            new DeleteRecordsBefore(_cluster.Id, -1, offset, Services.Time.GetTimestamp() + (long)(waits.TotalSeconds * Services.Time.TimestampFrequency)),
            TimeSpan.FromSeconds(20));

    /// <summary>Follows no more, and copies nothing that comes later.</summary>
    public Task UnfollowAsync() => Replicas.Ask<Unfollowed>(new Unfollow(_cluster.Id, 0), TimeSpan.FromSeconds(20));

    public byte[] Bytes()
    {
        using var records = Log!.Read(Log.LogStartOffset, 1 << 20, long.MaxValue, minOneBatch: true);
        return records.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _system.Terminate();
        Logs.Dispose();
    }

    /// <summary>The gateway wants its handlers before it has the wheel that fetches need.</summary>
    private sealed class LateHandler : RequestHandler<Protocol.Messages.FetchRequest, Protocol.Messages.FetchResponse>
    {
        public FetchHandler Handler { get; set; } = null!;

        public override (short Min, short Max) Versions => (4, 18);

        public override ValueTask<Protocol.Messages.FetchResponse> HandleAsync(
            Protocol.Messages.FetchRequest request, RequestContext context, CancellationToken connectionClosed) =>
            Handler.HandleAsync(request, context, connectionClosed);
    }

    private sealed class WarningReader : ReceiveActor
    {
        public WarningReader(ConcurrentQueue<string> warnings) => Receive<Event.Warning>(w => warnings.Enqueue($"{w.Message}"));
    }
}
