namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>A setting of a broker as its HOCON has it.</summary>
/// <param name="Name">Kafka's name for it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Value">The value in force at start.</param>
/// <param name="IsGiven">Whether somebody set it, or it is the default.</param>
public sealed record StaticConfig(string Name, ConfigType Type, string? Value, bool IsGiven);
