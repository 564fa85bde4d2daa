namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>The first record of every metadata log: which cluster this is. A log of another cluster is refused.</summary>
public sealed record ClusterFormedRecord(string ClusterId) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.ClusterFormed;
}
