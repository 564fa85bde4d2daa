namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A topic is deleted with its partitions and settings. Only this record lets a node delete the folders.</summary>
public sealed record RemoveTopicRecord(Guid TopicId) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.RemoveTopic;
}
