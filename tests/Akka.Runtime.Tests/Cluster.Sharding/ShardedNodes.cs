using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Runtime.Tests.Remote;
using Akka.Serialization;

namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>Nodes over TCP in one process, with regions of the type "entities" on them. The oldest is the first.</summary>
internal sealed class ShardedNodes : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Hocon = """
        akka {
          actor {
            serializers.for = "Akka.Runtime.Tests.Cluster.Sharding.ForSerializer, Akka.Runtime.Tests"
            serialization-bindings."Akka.Runtime.Tests.Cluster.Sharding.For, Akka.Runtime.Tests" = for
          }
          cluster {
            roles = [host]
            singleton.hand-over-retry-interval = 100ms
            sharding {
              state-store-mode = ddata, distributed-data.durable.keys = []
              rebalance-interval = 200ms, retry-interval = 100ms, waiting-for-state-timeout = 300ms, coordinator-failure-backoff = 100ms
              passivate-idle-entity-after = off
              least-shard-allocation-strategy { rebalance-absolute-limit = 2, rebalance-relative-limit = 1.0 }
            }
          }
        }
        """;

    private readonly ConcurrentDictionary<string, int> _living = new();
    private readonly ClusterOfNodes _cluster;
    private readonly IShardAllocationStrategy? _strategy;

    public ShardedNodes(string extra = "", IShardAllocationStrategy? strategy = null)
    {
        _cluster = new ClusterOfNodes(extra + "\n" + Hocon, overTcp: true);
        _strategy = strategy;
    }

    /// <summary>Entities that were started while they lived elsewhere.</summary>
    public ConcurrentBag<string> Twice { get; } = [];

    public async Task<ShardedNode[]> FormAsync(int count)
    {
        var nodes = await _cluster.FormAsync(count);
        // The first by age, which need not be the one that started first.
        return [.. nodes.OrderBy(node => node.Cluster.SelfMember, Akka.Cluster.Member.AgeOrdering).Select(node => StartRegion(node))];
    }

    public async Task<ShardedNode> JoinAsync(ShardedNode to, string more = "")
    {
        var node = _cluster.Start(more);
        node.Cluster.Join(to.Node.Address);
        await node.UntilAsync("up", () => node.Cluster.IsUp);
        return node.Cluster.SelfRoles.Contains("host") ? StartRegion(node) : StartProxy(node);
    }

    /// <summary>The process dies: nothing is said to anyone.</summary>
    public async Task KillAsync(ShardedNode node)
    {
        foreach (var other in _cluster.Nodes)
            ((ActorSystemImpl)node.Node.System).Remote!.Remoting.AssociationWith(other.Address).Abort();
        await _cluster.KillAsync(node.Node);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private ShardedNode StartRegion(ClusterNode node)
    {
        var sharding = ClusterSharding.Get(node.System);
        var settings = ClusterShardingSettings.Create(node.System).WithRole("host");
        return new ShardedNode(node, sharding.Start(
            "entities",
            id => Props.Create(() => new LocatedEntity(id, OnLife)),
            settings,
            new LastCharacterExtractor(),
            _strategy ?? sharding.DefaultShardAllocationStrategy(settings),
            PoisonPill.Instance));
    }

    private void OnLife(string id, bool begins)
    {
        if (_living.AddOrUpdate(id, 1, (_, count) => begins ? count + 1 : count - 1) > 1)
            Twice.Add(id);
    }

    private static ShardedNode StartProxy(ClusterNode node) =>
        new(node, ClusterSharding.Get(node.System).StartProxy("entities", "host", new LastCharacterExtractor()));
}

/// <summary>A node, its region, and who asks there.</summary>
internal sealed class ShardedNode(ClusterNode node, IActorRef region)
{
    public ClusterNode Node => node;

    public IActorRef Region => region;

    public RemoteTestContext.Inbox Inbox { get; } = RemoteTestContext.NewInbox(node.System);

    public void Tell(string entity, object what) => region.Tell(new For(entity, what), Inbox.Ref);

    /// <summary>Asks an entity where it is until it answers; a message may be lost with a node.</summary>
    public async Task<(int Port, int Incarnation)> WhereAsync(string entity)
    {
        var parts = (await AskAsync<string>(new For(entity, "where"))).Split(' ');
        return (int.Parse(parts[2], CultureInfo.InvariantCulture), int.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    /// <summary>How many shards each node's region has, by port.</summary>
    public async Task<Dictionary<int, int>> ShardsAsync()
    {
        var stats = await AskAsync<ClusterShardingStats>(new GetClusterShardingStats(TimeSpan.FromSeconds(1)));
        return stats.Regions.ToDictionary(item => item.Key.Port!.Value, item => item.Value.Stats.Count);
    }

    /// <summary>Asks for the shards of e0 to e9 until they are where they should be; one that was moved is nowhere until somebody asks for it.</summary>
    public async Task UntilShardsAsync(Func<Dictionary<int, int>, bool> holds)
    {
        using var limit = new CancellationTokenSource(ShardedNodes.Patience);
        Dictionary<int, int> shards;
        do
        {
            for (var i = 0; i < 10; i++)
                await WhereAsync($"e{i}");
            shards = await ShardsAsync();
            Assert.False(limit.IsCancellationRequested, $"asked {region}: {string.Join(", ", shards.Select(item => $"{item.Key}: {item.Value}"))}");
        }
        while (!holds(shards));
    }

    public int Port => node.Address.Port!.Value;

    private async Task<T> AskAsync<T>(object question)
    {
        using var limit = new CancellationTokenSource(ShardedNodes.Patience);
        while (true)
        {
            try
            {
                return await region.Ask<T>(question, TimeSpan.FromSeconds(2));
            }
            catch (AskTimeoutException)
            {
                Assert.False(limit.IsCancellationRequested, $"{question} had no answer from {node.Address}, which knows {node.Cluster.State}");
            }
        }
    }
}

/// <summary>Answers text with itself, its node's port, its incarnation, and a number that rises with each message that any of them takes.</summary>
internal sealed class LocatedEntity : ReceiveActor
{
    private static int _incarnations;
    private static int _taken;
    private readonly int _incarnation = Interlocked.Increment(ref _incarnations);
    private readonly string _id;
    private readonly Action<string, bool> _onLife;

    public LocatedEntity(string id, Action<string, bool> onLife)
    {
        (_id, _onLife) = (id, onLife);
        var port = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.Port;
        Receive<string>(text => Sender.Tell($"{id} {text} {port} {_incarnation} {Interlocked.Increment(ref _taken)}", Self));
    }

    protected override void PreStart() => _onLife(_id, true);

    protected override void PostStop() => _onLife(_id, false);
}

/// <summary>A message to an entity, with text in it.</summary>
public sealed class ForSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 901;

    public override string Manifest(object o) => "F";

    public override byte[] ToBinary(object obj)
    {
        var (entity, what) = (For)obj;
        return Encoding.UTF8.GetBytes($"{entity}\n{(string)what}");
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split('\n');
        return new For(parts[0], parts[1]);
    }
}
