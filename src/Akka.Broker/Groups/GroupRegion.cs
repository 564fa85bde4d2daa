using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Groups.Handlers;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Groups;

/// <summary>
/// The groups of a node, put together: shard region <c>group</c>, what tells it of the metadata, and the handlers before it. Start it when the
/// shard region <c>partition</c> is up and the cluster joined; dispose it before the ActorSystem ends.
/// </summary>
public sealed class GroupRegion : IDisposable
{
    public const string TypeName = "group";

    private readonly OffsetsTopicWatch _watch;

    private GroupRegion(IActorRef region, GroupRouter router, OffsetsTopicWatch watch, IReadOnlyList<IRequestHandler> handlers)
    {
        Router = router;
        Region = region;
        _watch = watch;
        Handlers = handlers;
    }

    /// <summary>Takes <see cref="IGroupCoordinatorCommand"/>.</summary>
    public IActorRef Region { get; }

    /// <summary>From a group's name to its coordinator.</summary>
    public GroupRouter Router { get; }

    public IReadOnlyList<IRequestHandler> Handlers { get; }

    /// <param name="system">A member of its cluster.</param>
    /// <param name="services">What the coordinators share.</param>
    /// <param name="allocation">Puts shard <em>n</em> on broker <em>n</em>.</param>
    /// <param name="creation">Makes the offsets topic.</param>
    /// <param name="newId">Ids for new members; any thread.</param>
    public static GroupRegion Start(
        ActorSystem system, GroupServices services, IShardAllocationStrategy allocation, ITopicCreation creation, Func<Guid> newId)
    {
        var region = BrokerShards.Start(
            system,
            TypeName,
            GroupCoordinatorActor.Props(services),
            new GroupMessageExtractor(services.NodeId),
            allocation,
            PoisonPill.Instance);
        var router = new GroupRouter(services.NodeId, services.Metadata, region) { Asks = services.Asks };
        return new GroupRegion(
            region, router, new OffsetsTopicWatch(services.NodeId, services.Metadata, region), GroupHandlers.All(router, creation, newId));
    }

    public void Dispose() => _watch.Dispose();
}
