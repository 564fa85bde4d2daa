using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A broker has started. Replaces whatever was known of an earlier start.</summary>
public sealed record RegisterBrokerRecord(
    int BrokerId,
    long BrokerEpoch,
    Guid IncarnationId,
    Guid DirectoryId,
    string? Rack,
    ImmutableArray<BrokerEndpoint> Endpoints,
    bool Fenced) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.RegisterBroker;
}
