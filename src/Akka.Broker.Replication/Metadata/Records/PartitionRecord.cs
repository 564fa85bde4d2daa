using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>A partition is created, whole. A topic's partitions come in the order of their numbers.</summary>
public sealed record PartitionRecord(
    Guid TopicId,
    int Partition,
    ImmutableArray<int> Replicas,
    ImmutableArray<int> Isr,
    ImmutableArray<int> Elr,
    ImmutableArray<int> LastKnownElr,
    int Leader,
    int LeaderEpoch,
    int PartitionEpoch) : IMetadataRecord
{
    public MetadataRecordType Type => MetadataRecordType.Partition;

    public PartitionImage ToImage() => new PartitionImage(Partition, Leader, LeaderEpoch, PartitionEpoch, Replicas, Isr, Elr, LastKnownElr).Checked();
}
