namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A feature is finalized at a level; 0 removes it. <see cref="MetadataVersion"/> says what the levels of <c>metadata.version</c> are.</summary>
public sealed record FeatureLevelRecord(string Name, short Level) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.FeatureLevel;
}
