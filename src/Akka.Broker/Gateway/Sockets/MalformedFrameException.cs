namespace Akka.Broker.Gateway.Sockets;

/// <summary>What a client sent is no request that this listener can answer. It costs the client its connection and one log line.</summary>
public sealed class MalformedFrameException(string message) : CloseConnectionException(message);
