using Akka.Actor;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The parent of all regions, proxies and coordinators of a node.
/// <code>
///   /system/sharding/TYPE                                   the region          /system/sharding/TYPEProxy   a proxy
///   /system/sharding/TYPECoordinator/SINGLETON/coordinator  the coordinator, where the singleton runs
/// </code>
/// </summary>
internal sealed class ClusterShardingGuardian : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    public ClusterShardingGuardian()
    {
        Receive<StartRegion>(start => Reply(() => Start(start)));
        Receive<StartProxyRegion>(start => Reply(() => StartProxy(start)));
    }

    public static string EncodeName(string typeName) => Uri.EscapeDataString(typeName);

    public static string ProxyName(string typeName) => EncodeName(typeName + "Proxy");

    private void Reply(Func<IActorRef> start)
    {
        try
        {
            Sender.Tell(new Status.Success(start()), Self);
        }
        catch (Exception e)
        {
            Sender.Tell(new Status.Failure(e), Self);
        }
    }

    private IActorRef Start(StartRegion start)
    {
        var name = EncodeName(start.TypeName);
        if (Context.Child(name) is { } running && !running.IsNobody())
        {
            return running;
        }

        var coordinator = $"{name}Coordinator";
        var settings = start.Settings;
        var self = Self.Path.ToStringWithoutAddress();
        var (place, strategy) = (new CoordinatorPlace(start.TypeName, settings, $"{self}/{name}", $"{self}/{ProxyName(start.TypeName)}"), start.Strategy);
        var coordinatorProps = Props.Create(() => new CoordinatorSupervisor(place, strategy)).WithDeploy(Deploy.Local);
        if (settings.Role is null || _cluster.SelfRoles.Contains(settings.Role))
        {
            var singleton = settings.CoordinatorSingletonSettings.WithRole(settings.Role!);
            Context.ActorOf(ClusterSingletonManager.Props(coordinatorProps, PoisonPill.Instance, singleton), coordinator);
        }

        var setup = new RegionSetup(
            start.TypeName,
            start.EntityProps,
            settings,
            new EnvelopeExtractor(start.Extractor),
            start.HandOffStopMessage,
            CoordinatorPath(coordinator, settings));
        return Context.ActorOf(Props.CreateBy(new RegionProducer(setup)).WithDeploy(Deploy.Local), name);
    }

    private IActorRef StartProxy(StartProxyRegion start)
    {
        var name = ProxyName(start.TypeName);
        if (Context.Child(name) is { } running && !running.IsNobody())
        {
            return running;
        }

        var setup = new RegionSetup(
            start.TypeName,
            null,
            start.Settings,
            new EnvelopeExtractor(start.Extractor),
            PoisonPill.Instance,
            CoordinatorPath($"{EncodeName(start.TypeName)}Coordinator", start.Settings));
        return Context.ActorOf(Props.CreateBy(new RegionProducer(setup)).WithDeploy(Deploy.Local), name);
    }

    private string CoordinatorPath(string managerName, ClusterShardingSettings settings) =>
        $"{Self.Path.ToStringWithoutAddress()}/{managerName}/{settings.CoordinatorSingletonSettings.SingletonName}/coordinator";

    /// <summary>The constructor of a region is no API, and so none that Props could call.</summary>
    private sealed class RegionProducer(RegionSetup setup) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ShardRegion);

        public ActorBase Produce() => new ShardRegion(setup);

        public void Release(ActorBase actor)
        {
        }
    }
}

internal sealed record StartRegion(
    string TypeName,
    Func<string, Props> EntityProps,
    ClusterShardingSettings Settings,
    IMessageExtractor Extractor,
    IShardAllocationStrategy Strategy,
    object HandOffStopMessage) : INoSerializationVerificationNeeded;

internal sealed record StartProxyRegion(string TypeName, ClusterShardingSettings Settings, IMessageExtractor Extractor)
    : INoSerializationVerificationNeeded;
