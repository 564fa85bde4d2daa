using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Entities, spread over the nodes of a cluster and reached by their id. A type is started on each node that hosts or addresses its
/// entities; the region that this answers takes their messages. Any thread.
/// </summary>
public class ClusterSharding : IExtension
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, IActorRef> _regions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IActorRef> _proxies = new(StringComparer.Ordinal);
    private readonly Cluster _cluster;
    private readonly Lazy<IActorRef> _guardian;

    public ClusterSharding(ExtendedActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        system.Settings.InjectTopLevelFallback(Tools.Singleton.ClusterSingletonManager.DefaultConfig());
        _cluster = Cluster.Get(system);
        Settings = ClusterShardingSettings.Create(system);
        var section = system.Settings.Config.GetConfig("akka.cluster.sharding");
        var (name, dispatcher) = (section.GetString("guardian-name", "sharding"), section.GetString("use-dispatcher", ""));
        _guardian = new Lazy<IActorRef>(
            () => system.SystemActorOf(Props.Create(() => new ClusterShardingGuardian()).WithDispatcher(dispatcher), name));
    }

    public ClusterShardingSettings Settings { get; }

    /// <summary>The types that are started on this node.</summary>
    public ImmutableHashSet<string> ShardTypeNames => _regions.Keys.ToImmutableHashSet();

    public static ClusterSharding Get(ActorSystem system) => ClusterShardingExtensionProvider.Instance.Apply(system);

    public static Config DefaultConfig() => ConfigurationFactory.FromResource<ClusterSharding>("sharding.conf");

    public IActorRef Start(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        Start(typeName, _ => entityProps, settings, messageExtractor);

    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        Start(typeName, entityPropsFactory, settings, messageExtractor, DefaultShardAllocationStrategy(settings), PoisonPill.Instance);

    public IActorRef Start(
        string typeName,
        Props entityProps,
        ClusterShardingSettings settings,
        IMessageExtractor messageExtractor,
        IShardAllocationStrategy allocationStrategy,
        object handOffStopMessage) =>
        Start(typeName, _ => entityProps, settings, messageExtractor, allocationStrategy, handOffStopMessage);

    public IActorRef Start(
        string typeName,
        Func<string, Props> entityPropsFactory,
        ClusterShardingSettings settings,
        IMessageExtractor messageExtractor,
        IShardAllocationStrategy allocationStrategy,
        object handOffStopMessage) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor, allocationStrategy, handOffStopMessage).GetAwaiter().GetResult();

    public Task<IActorRef> StartAsync(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, _ => entityProps, settings, messageExtractor);

    public Task<IActorRef> StartAsync(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor, DefaultShardAllocationStrategy(settings), PoisonPill.Instance);

    public Task<IActorRef> StartAsync(
        string typeName,
        Props entityProps,
        ClusterShardingSettings settings,
        IMessageExtractor messageExtractor,
        IShardAllocationStrategy allocationStrategy,
        object handOffStopMessage) =>
        StartAsync(typeName, _ => entityProps, settings, messageExtractor, allocationStrategy, handOffStopMessage);

    /// <summary>Starts a type on this node; as a proxy, if the node has not the role that hosts it.</summary>
    public Task<IActorRef> StartAsync(
        string typeName,
        Func<string, Props> entityPropsFactory,
        ClusterShardingSettings settings,
        IMessageExtractor messageExtractor,
        IShardAllocationStrategy allocationStrategy,
        object handOffStopMessage)
    {
        if (settings.Role is { } role && !_cluster.SelfRoles.Contains(role))
        {
            return StartProxyAsync(typeName, role, messageExtractor);
        }

        return AskAsync(
            _regions,
            typeName,
            new StartRegion(typeName, entityPropsFactory, settings, messageExtractor, allocationStrategy, handOffStopMessage));
    }

    public IActorRef StartProxy(string typeName, string role, IMessageExtractor messageExtractor) =>
        StartProxyAsync(typeName, role, messageExtractor).GetAwaiter().GetResult();

    /// <summary>Starts a region that only passes messages on to other nodes.</summary>
    public Task<IActorRef> StartProxyAsync(string typeName, string role, IMessageExtractor messageExtractor) =>
        AskAsync(_proxies, typeName, new StartProxyRegion(typeName, string.IsNullOrEmpty(role) ? Settings : Settings.WithRole(role), messageExtractor));

    /// <summary>The region of a type that was started, or else its proxy.</summary>
    public IActorRef ShardRegion(string typeName)
    {
        if (_regions.TryGetValue(typeName, out var region) || _proxies.TryGetValue(typeName, out region))
        {
            return region;
        }

        throw new ArgumentException($"Shard type [{typeName}] must be started first. Started regions: {string.Join(", ", _regions.Keys)}", nameof(typeName));
    }

    public IActorRef ShardRegionProxy(string typeName) => _proxies.TryGetValue(typeName, out var proxy)
        ? proxy
        : throw new ArgumentException($"Shard type [{typeName}] must be started first. Started proxies: {string.Join(", ", _proxies.Keys)}", nameof(typeName));

    public IShardAllocationStrategy DefaultShardAllocationStrategy(ClusterShardingSettings settings)
    {
        var tuning = settings.TuningParameters;
        return tuning.LeastShardAllocationAbsoluteLimit > 0
            ? ShardAllocationStrategy.LeastShardAllocationStrategy(tuning.LeastShardAllocationAbsoluteLimit, tuning.LeastShardAllocationRelativeLimit)
            : new LeastShardAllocationStrategy(tuning.LeastShardAllocationRebalanceThreshold, tuning.LeastShardAllocationMaxSimultaneousRebalance);
    }

    private async Task<IActorRef> AskAsync(ConcurrentDictionary<string, IActorRef> known, string typeName, object start)
    {
        var answer = await _guardian.Value.Ask<object>(start, StartTimeout).ConfigureAwait(false);
        switch (answer)
        {
            case Status.Success { Status: IActorRef region }:
                known[typeName] = region;
                return region;
            case Status.Failure failure:
                throw failure.Cause;
            default:
                throw new InvalidOperationException($"the sharding guardian answered {answer}");
        }
    }
}
