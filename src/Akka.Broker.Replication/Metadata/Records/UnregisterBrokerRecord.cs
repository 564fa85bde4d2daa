namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>The broker is no longer part of the cluster.</summary>
public sealed record UnregisterBrokerRecord(int BrokerId, long BrokerEpoch) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.UnregisterBroker;
}
