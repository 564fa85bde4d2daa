namespace Akka.Actor;

/// <summary>Something that an actor system has once, made on first use.</summary>
public interface IExtension;
