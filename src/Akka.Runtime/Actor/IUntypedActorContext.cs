namespace Akka.Actor;

/// <summary>The context of actors whose behaviours handle every message.</summary>
public interface IUntypedActorContext : IActorContext
{
    void Become(UntypedReceive receive);

    void BecomeStacked(UntypedReceive receive);
}
