using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata.Planning;

/// <summary>What a planner is to do.</summary>
public sealed record PlannerOptions
{
    /// <summary>Brokers that shall hold nothing: about to be stopped, or dead and replaced.</summary>
    public IReadOnlySet<int> Drain { get; init; } = new HashSet<int>();

    /// <summary>How big partitions are; those that are missing count as empty.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Bytes { get; init; } = new Dictionary<TopicPartition, long>();

    /// <summary>How far, as a share of the mean, a broker's bytes may lie above it before replicas are exchanged for smaller ones.</summary>
    public double BytesTolerance { get; init; } = 0.1;

    /// <summary>Whether only what is drained moves: the rest stays as it is, even or not.</summary>
    public bool DrainOnly { get; init; }
}

/// <summary>One partition's new assignment; the first is the preferred leader. Only the order may differ: that copies nothing.</summary>
/// <param name="Partition">Which.</param>
/// <param name="From">The replicas that it has.</param>
/// <param name="To">The replicas that it shall have, as AlterPartitionReassignments takes them.</param>
public sealed record PlannedMove(TopicPartition Partition, ImmutableArray<int> From, ImmutableArray<int> To)
{
    /// <summary>Brokers that get a copy.</summary>
    public IEnumerable<int> Copies => To.Where(b => !From.Contains(b));
}

/// <summary>What a broker holds.</summary>
/// <param name="Replicas">Partitions of which it has a replica.</param>
/// <param name="Leaders">Partitions whose preferred leader it is.</param>
/// <param name="Bytes">Of all its replicas.</param>
public readonly record struct BrokerLoad(int Replicas, int Leaders, long Bytes);

/// <summary>A planner's proposal.</summary>
/// <param name="Moves">What is to change, by topic and partition.</param>
/// <param name="Before">Each broker's load as it is.</param>
/// <param name="After">And as it would be.</param>
public sealed record ReassignmentPlan(
    ImmutableArray<PlannedMove> Moves, ImmutableSortedDictionary<int, BrokerLoad> Before, ImmutableSortedDictionary<int, BrokerLoad> After)
{
    /// <summary>Replicas that are copied.</summary>
    public int CopyCount => Moves.Sum(m => m.Copies.Count());
}
