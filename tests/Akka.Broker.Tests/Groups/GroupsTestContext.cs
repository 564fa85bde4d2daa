using System.Net;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Coordination;
using Akka.Broker.Gateway;
using Akka.Broker.Groups;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Configuration;

namespace Akka.Broker.Tests.Groups;

/// <summary>
/// One node with one offsets partition, a coordinator for it, and the handlers before it. The log is in memory; the partition's leader is a
/// <see cref="MemoryPartition"/>; topics <c>t</c> and <c>old</c> exist.
/// </summary>
internal sealed class GroupsTestContext : IDisposable
{
    public const int NodeId = 1;
    private const string Local = "akka { loglevel = WARNING, stdout-loglevel = OFF }";
    private const string Clustered = Local + """

        akka {
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster.sharding { state-store-mode = ddata, distributed-data.durable.keys = [], retry-interval = 200ms, passivate-idle-entity-after = off }
        }
        """;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly LogManager _logs;
    private readonly LedPartitions _led = new();
    private long _metadataOffset;

    public GroupsTestContext(Func<GroupConfig, GroupConfig>? configure = null, bool sharded = false, TimeSpan? expiryCheck = null)
    {
        System = ActorSystem.Create("broker", ConfigurationFactory.ParseString(sharded ? Clustered : Local));
        if (sharded)
            Cluster.Cluster.Get(System).Join(Cluster.Cluster.Get(System).SelfAddress);
        _logs = LogManager.Open(new LogManagerOptions
        {
            DataFolders = ["data"],
            NodeId = NodeId,
            Disk = new MemoryDisk(),
            Time = TimeProvider.System,
            Random = new Random(1),
            Drive = LogWriterDrive.Inline,
        });
        Publish([Broker(), .. Topic(InternalTopics.ConsumerOffsets), .. Topic("t"), .. Topic("old")]);
        var id = new TopicIdPartition(Metadata.Current.Topics[InternalTopics.ConsumerOffsets].Id, InternalTopics.ConsumerOffsets, 0);
        var log = _logs.GetOrCreate(id, LogConfig.Default with { MaxMessageBytes = 10_000 });
        Partition = System.ActorOf(Props.Create(() => new MemoryPartition(id, log, _led)));
        var config = new GroupConfig { InitialRebalanceDelayMs = 0, MinSessionTimeoutMs = 1 };
        Services = new GroupServices(
            NodeId, Metadata, _led, Partition, configure?.Invoke(config) ?? config, TimeSpan.FromSeconds(5), expiryCheck ?? TimeSpan.FromHours(1), TimeProvider.System);
        Coordinator = StartCoordinator();
        Router = new GroupRouter(NodeId, Metadata, Coordinator);
    }

    public ActorSystem System { get; }

    public MetadataCache Metadata { get; } = new();

    public IActorRef Partition { get; }

    public GroupServices Services { get; }

    public IActorRef Coordinator { get; private set; }

    public GroupRouter Router { get; private set; }

    /// <summary>Lets the handlers ask this instead of the context's own coordinator.</summary>
    public void Use(IActorRef region) => Router = new GroupRouter(NodeId, Metadata, region);

    /// <summary>What a client would get from the handler.</summary>
    public async Task<TResponse> Call<TRequest, TResponse>(RequestHandler<TRequest, TResponse> handler, TRequest request, short? version = null)
        where TRequest : IRequest, new()
        where TResponse : IResponse
    {
        var context = new RequestContext(version ?? handler.Versions.Max, "client", new IPEndPoint(IPAddress.Loopback, 4711), "PLAINTEXT", 1);
        return await handler.HandleAsync(request, context, CancellationToken.None).AsTask().WaitAsync(Timeout);
    }

    public Task<T> AskPartition<T>(object message) => Partition.Ask<T>(message, Timeout);

    public void Publish(IReadOnlyList<IMessage> records) =>
        Metadata.Publish(MetadataImageBuilder.Apply(Metadata.Current, records, _metadataOffset += records.Count, 1));

    /// <summary>A coordinator that takes over: nothing of the old one is left but its log.</summary>
    public async Task TakeOverAsync()
    {
        await Coordinator.GracefulStop(Timeout);
        Coordinator = StartCoordinator();
        Router = new GroupRouter(NodeId, Metadata, Coordinator);
    }

    private IActorRef StartCoordinator() => System.ActorOf(Props.Create(() => new Shard(Services)));

    public void Dispose()
    {
        System.Terminate().Wait(Timeout);
        _logs.Dispose();
    }

    private static RegisterBrokerRecord Broker() => new()
    {
        BrokerId = NodeId,
        BrokerEpoch = 1,
        Endpoints = [new() { Listener = "PLAINTEXT", Host = "localhost", Port = 9092 }],
    };

    private static IMessage[] Topic(string name)
    {
        var id = Guid.NewGuid();
        return
        [
            new TopicRecord { Name = name, TopicId = id },
            new PartitionRecord { TopicId = id, PartitionId = 0, Replicas = [NodeId], Isr = [NodeId], Leader = NodeId },
        ];
    }

    /// <summary>Gives the coordinator its entity id.</summary>
    private sealed class Shard : UntypedActor
    {
        private readonly IActorRef _entity;

        public Shard(GroupServices services) => _entity = Context.ActorOf(GroupCoordinatorActor.Props(services), "0");

        protected override void OnReceive(object message) => _entity.Forward(message);
    }
}
