using Akka.Actor;

namespace Akka.Broker.Nodes;

/// <summary>Ends a node's life with the first of its vital actors that ends: what is left would look alive and do half of its work. One a <see cref="NodeLife"/>.</summary>
internal sealed class LifeWatch : ReceiveActor
{
    private readonly IReadOnlyList<IActorRef> _vital;

    /// <param name="vital">Without whom the life is of no use.</param>
    /// <param name="onLost">Told why, as it reads behind "since"; on this actor's thread.</param>
    public LifeWatch(IReadOnlyList<IActorRef> vital, Action<string> onLost)
    {
        _vital = vital;
        Receive<Terminated>(ended => onLost($"its actor '{ended.ActorRef.Path.Name}' has failed, as is logged above"));
    }

    public static Props Props(IReadOnlyList<IActorRef> vital, Action<string> onLost) => Akka.Actor.Props.Create(() => new LifeWatch(vital, onLost));

    protected override void PreStart()
    {
        foreach (var actor in _vital)
            Context.Watch(actor);
    }
}
