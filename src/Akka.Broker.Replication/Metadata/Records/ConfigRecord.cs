namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>What a setting can be set on; the numbers are those of the protocol.</summary>
public enum ConfigResourceType : sbyte
{
    Topic = 2,

    /// <summary>The name is a broker id, or empty for all brokers.</summary>
    Broker = 4,
}

/// <summary>A setting altered at run time. A topic's resource name is its name; a null value removes the setting.</summary>
public sealed record ConfigRecord(ConfigResourceType ResourceType, string ResourceName, string Name, string? Value) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.Config;
}
