namespace Akka.Actor;

/// <summary>A message that the runtime handles instead of the actor's behaviour.</summary>
public interface IAutoReceivedMessage;
