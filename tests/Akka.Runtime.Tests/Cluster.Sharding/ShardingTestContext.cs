using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>For an entity: take this.</summary>
public sealed record For(string Entity, object What);

public sealed record Stop;

public sealed record Fail;

/// <summary>Stop, but not before the gate opens; what comes meanwhile is not answered.</summary>
public sealed record StopSlowly(Task Gate);

/// <summary>The last character of an entity's id is its shard.</summary>
public sealed class LastCharacterExtractor : IMessageExtractor
{
    public string? EntityId(object message) => (message as For)?.Entity;

    public object? EntityMessage(object message) => (message as For)?.What;

    public string? ShardId(object message) => EntityId(message) is { } id ? ShardId(id, message) : null;

    public string ShardId(string entityId, object? messageHint = null) => entityId[^1..];
}

/// <summary>Echoes text with its id, answers a number with its incarnation; passivates, fails and stops when told to.</summary>
public sealed class Entity : ReceiveActor
{
    private static int _incarnations;
    private readonly int _incarnation = Interlocked.Increment(ref _incarnations);

    public Entity(string id)
    {
        Receive<string>(text => Sender.Tell($"{id}: {text}", Self));
        Receive<int>(_ => Sender.Tell(_incarnation, Self));
        Receive<Fail>(_ => throw new InvalidOperationException("told to"));
        Receive<Stop>(_ => Context.Stop(Self));
        Receive<Passivate>(passivate => Context.Parent.Tell(passivate, Self));
        ReceiveAsync<StopSlowly>(async stop =>
        {
            await stop.Gate;
            Context.Stop(Self);
        });
    }
}

public sealed class ShardingTestContext : IAsyncDisposable
{
    public ShardingTestContext(string extra = "", IShardAllocationStrategy? strategy = null, object? stopMessage = null)
    {
        Cluster = new ClusterTestContext(extra);
        Probe = Cluster.NewProbe();
        Sharding = ClusterSharding.Get(Cluster.System);
        var settings = ClusterShardingSettings.Create(Cluster.System);
        Region = Sharding.Start(
            "entities",
            id => Props.Create(() => new Entity(id)),
            settings,
            new LastCharacterExtractor(),
            strategy ?? Sharding.DefaultShardAllocationStrategy(settings),
            stopMessage ?? PoisonPill.Instance);
    }

    public ClusterTestContext Cluster { get; }

    public ClusterSharding Sharding { get; }

    public IActorRef Region { get; }

    public ActorTestContext.Probe Probe { get; }

    public void Tell(string entity, object what) => Region.Tell(new For(entity, what), Probe.Ref);

    public ActorTestContext.Probe Watch(IActorRef actor) => Cluster.NewProbe().Watching(Cluster.System, actor);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
