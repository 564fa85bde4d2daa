using Akka.Actor;
using Akka.Broker.Partitions;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Tests.Replicas;

/// <summary>Shard region <c>partition</c> of one node: makes entities when they are first asked for, and holds their messages while they pass away.</summary>
internal sealed class TestRegion : ReceiveActor
{
    private readonly PartitionServices _services;
    private readonly Dictionary<IActorRef, List<(object Message, IActorRef Sender)>> _passing = [];

    public TestRegion(PartitionServices services)
    {
        _services = services;
        Receive<IPartitionCommand>(OnCommand);
        Receive<Passivate>(OnPassivate);
        Receive<Terminated>(OnTerminated);
    }

    private void OnCommand(IPartitionCommand command)
    {
        var entity = EntityOf(PartitionEntity.NameOf(command.Target));
        if (_passing.TryGetValue(entity, out var held))
            held.Add((command, Sender));
        else
            entity.Forward(command);
    }

    private void OnPassivate(Passivate passivate)
    {
        if (_passing.TryAdd(Sender, []))
            Sender.Tell(passivate.StopMessage);
    }

    private void OnTerminated(Terminated terminated)
    {
        if (!_passing.Remove(terminated.ActorRef, out var held))
            return;
        foreach (var (message, sender) in held)
            Self.Tell(message, sender);
    }

    private IActorRef EntityOf(string name)
    {
        var child = Context.Child(name);
        return child.IsNobody() ? Context.Watch(Context.ActorOf(PartitionActor.Props(_services), name)) : child;
    }
}
