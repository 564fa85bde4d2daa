namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A registered broker is fenced or unfenced. <paramref name="BrokerEpoch"/> is the registration that is meant.</summary>
public sealed record BrokerRegistrationChangeRecord(int BrokerId, long BrokerEpoch, bool Fenced) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.BrokerRegistrationChange;
}
