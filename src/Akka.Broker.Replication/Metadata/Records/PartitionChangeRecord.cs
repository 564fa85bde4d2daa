using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata.Records;

/// <summary>
/// What changes in a partition; what is null stays. Each raises the partition epoch by one; one that names a leader, be it the same, raises the
/// leader epoch by one as well.
/// </summary>
public sealed record PartitionChangeRecord(Guid TopicId, int Partition) : IMetadataRecord
{
    /// <summary>The new leader, <see cref="PartitionImage.NoLeader"/> for none.</summary>
    public int? Leader { get; init; }

    public ImmutableArray<int>? Replicas { get; init; }

    public ImmutableArray<int>? Isr { get; init; }

    public ImmutableArray<int>? Elr { get; init; }

    public ImmutableArray<int>? LastKnownElr { get; init; }

    public MetadataRecordType Type => MetadataRecordType.PartitionChange;

    public PartitionImage ApplyTo(PartitionImage partition) => (partition with
    {
        Leader = Leader ?? partition.Leader,
        LeaderEpoch = partition.LeaderEpoch + (Leader is null ? 0 : 1),
        PartitionEpoch = partition.PartitionEpoch + 1,
        Replicas = Replicas ?? partition.Replicas,
        Isr = Isr ?? partition.Isr,
        Elr = Elr ?? partition.Elr,
        LastKnownElr = LastKnownElr ?? partition.LastKnownElr,
    }).Checked();
}
