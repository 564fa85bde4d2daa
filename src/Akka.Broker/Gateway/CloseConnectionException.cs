namespace Akka.Broker.Gateway;

/// <summary>The connection must be closed, for the reason that the text says in one line; there is no response that could say so.</summary>
public class CloseConnectionException(string message) : Exception(message);
