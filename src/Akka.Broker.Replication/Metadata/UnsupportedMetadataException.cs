namespace Akka.Broker.Replication.Metadata;

/// <summary>The metadata log holds something that this build cannot read: it was written by a newer one. Starting the matching release is the way out.</summary>
public sealed class UnsupportedMetadataException(string message) : Exception(message);
