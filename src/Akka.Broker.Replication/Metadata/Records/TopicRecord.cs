namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A topic is created; its partitions and settings follow in the same batch.</summary>
public sealed record TopicRecord(string Name, Guid TopicId) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.Topic;
}
