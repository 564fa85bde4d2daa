using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>One place where a setting has a value, under the name that it has there.</summary>
public readonly record struct ConfigLayer(string Name, string? Value, ConfigSource Source);
