namespace Akka.Broker.Client;

/// <summary>A setting of the client is missing or wrong; the message names its path, its value and what is allowed.</summary>
public sealed class InvalidClientSettingsException(string message) : Exception(message);
