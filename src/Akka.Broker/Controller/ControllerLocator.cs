using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.Cluster;

namespace Akka.Broker.Controller;

/// <summary>Where the controller is as far as this node knows. Any thread.</summary>
public interface IControllerLocator
{
    /// <summary>The node that <see cref="Find"/> leads to; -1 if none is known.</summary>
    int ControllerId { get; }

    /// <summary>Takes <see cref="IControllerCommand"/>; null if its node cannot be found.</summary>
    ICanTell? Find();
}

/// <summary>
/// From the node that leads the metadata log to its guardian: on this node, or at the address that the cluster's membership, or else the node's
/// registration, has for it.
/// </summary>
/// <param name="system">A member of the cluster.</param>
/// <param name="metadata">Knows who leads the metadata log.</param>
/// <param name="nodeId">This node.</param>
/// <param name="local">Its own guardian.</param>
public sealed class ControllerLocator(ActorSystem system, MetadataCache metadata, int nodeId, IActorRef local) : IControllerLocator
{
    /// <summary>Under <c>/user</c>, on every node.</summary>
    public const string GuardianName = "controller";

    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(system);

    public int ControllerId => metadata.ControllerId;

    public ICanTell? Find()
    {
        var id = ControllerId;
        // While nobody is known to lead, the own guardian says why, or waits for its own node's turn.
        if (id == nodeId || id < 0)
            return local;
        return AddressOf(id) is { } address ? system.ActorSelection(new RootActorPath(address) / "user" / GuardianName) : null;
    }

    private Address? AddressOf(int id)
    {
        var role = BrokerShards.RoleOf(id);
        // Of two incarnations the one that is up: the other is on its way out.
        var member = _cluster.State.Members.Where(m => m.HasRole(role)).MinBy(m => m.Status is MemberStatus.Up ? 0 : 1);
        if (member is not null)
            return member.Address;
        return metadata.Current.Brokers.TryGetValue(id, out var broker) && broker.AkkaAddress is { } text ? Address.Parse(text) : null;
    }
}
