namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A block of producer ids, up to and without <paramref name="NextProducerId"/>, is given to a broker and never again to anybody.</summary>
public sealed record ProducerIdsRecord(int BrokerId, long BrokerEpoch, long NextProducerId) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.ProducerIds;
}
