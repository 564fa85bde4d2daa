namespace Akka.Actor;

/// <summary>The path of a system's root.</summary>
public sealed class RootActorPath(Address address, string name = "") : ActorPath(address, name);
