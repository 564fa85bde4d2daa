namespace Akka.Actor;

/// <summary>A provider that can say whose it is.</summary>
internal interface ILocalProvider : IActorRefProvider
{
    ActorSystemImpl System { get; }
}
