namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>
/// One change of the metadata, as the metadata log holds it. Applied by <see cref="MetadataImageBuilder"/> alone.
/// </summary>
public interface IMetadataRecord
{
    MetadataRecordType Type { get; }
}

/// <summary>The record's type as it is stored. Where Kafka's metadata log has a record of the same meaning, the number is Kafka's.</summary>
public enum MetadataRecordType : short
{
    RegisterBroker = 0,
    UnregisterBroker = 1,
    Topic = 2,
    Partition = 3,
    Config = 4,
    PartitionChange = 5,
    RemoveTopic = 9,
    FeatureLevel = 12,
    ProducerIds = 15,
    BrokerRegistrationChange = 17,
    ClusterFormed = 200,
}
