namespace Akka.Actor;

/// <summary>A behaviour; false means that the message is unhandled.</summary>
public delegate bool Receive(object message);
