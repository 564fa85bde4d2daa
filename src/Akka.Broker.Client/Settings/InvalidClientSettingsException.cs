namespace Akka.Broker.Client;

/// <summary>A setting of the client is not allowed, or two do not go together. The message names the key, the value seen and what is allowed.</summary>
public sealed class InvalidClientSettingsException(string message) : Exception(message);
