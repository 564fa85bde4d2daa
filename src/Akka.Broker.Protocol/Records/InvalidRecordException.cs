namespace Akka.Broker.Protocol.Records;

/// <summary>A record or batch that was to be read does not have the form that its format prescribes. The log or its writer is damaged.</summary>
public sealed class InvalidRecordException(string message) : Exception(message);
