namespace Akka.Broker.Replication.Metadata;

/// <summary>What a setting can be set on; the numbers are those of the protocol and of <c>ConfigRecord</c>.</summary>
public enum ConfigResourceType : sbyte
{
    Topic = 2,

    /// <summary>The name is a broker id, or empty for all brokers.</summary>
    Broker = 4,
}
