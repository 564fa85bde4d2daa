namespace Akka.Broker.Protocol.Messages;

/// <summary>The bytes are not the message that their header announces. It costs the connection, or the record, that they came from.</summary>
public sealed class MalformedMessageException(string message) : Exception(message);
