namespace Akka.Broker;

/// <summary>The cluster has given this node up several times in a row. The message says why.</summary>
public sealed class NodeLostException(string message) : Exception(message);
