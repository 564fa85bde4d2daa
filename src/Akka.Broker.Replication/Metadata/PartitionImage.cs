using System.Collections.Immutable;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// What the controller has decided about a partition.
/// <para>Invariants: Replicas has no doubles; Isr ⊆ Replicas; Elr ⊆ Replicas and Isr ∩ Elr = ∅; Leader is <see cref="NoLeader"/> or in Isr.</para>
/// </summary>
/// <param name="Partition">Its number in the topic.</param>
/// <param name="Leader">The leader's broker id or <see cref="NoLeader"/>.</param>
/// <param name="LeaderEpoch">Rises with each election.</param>
/// <param name="PartitionEpoch">Rises with each change of this record: an ISR change names the one that it saw.</param>
/// <param name="Replicas">The assignment; the first is the preferred leader.</param>
/// <param name="Isr">In-sync replicas.</param>
/// <param name="Elr">Eligible leader replicas (KIP-966): not in sync, yet with everything up to the high watermark.</param>
/// <param name="LastKnownElr">Who led or was eligible when nothing else was left; a hint for a recovery by hand.</param>
public sealed record PartitionImage(
    int Partition,
    int Leader,
    int LeaderEpoch,
    int PartitionEpoch,
    ImmutableArray<int> Replicas,
    ImmutableArray<int> Isr,
    ImmutableArray<int> Elr,
    ImmutableArray<int> LastKnownElr)
{
    public const int NoLeader = -1;

    /// <summary>In a <see cref="PartitionChangeRecord"/>: the leader stays, and its epoch too.</summary>
    public const int LeaderUnchanged = -2;

    public bool HasLeader => Leader != NoLeader;

    public static PartitionImage From(PartitionRecord record) => new PartitionImage(
        record.PartitionId,
        record.Leader,
        record.LeaderEpoch,
        record.PartitionEpoch,
        [.. record.Replicas],
        [.. record.Isr],
        [.. record.EligibleLeaderReplicas],
        [.. record.LastKnownElr]).Checked();

    /// <summary>The partition after the change.</summary>
    public PartitionImage With(PartitionChangeRecord change)
    {
        var names = change.Leader != LeaderUnchanged;
        return (this with
        {
            Leader = names ? change.Leader : Leader,
            LeaderEpoch = LeaderEpoch + (names ? 1 : 0),
            PartitionEpoch = PartitionEpoch + 1,
            Replicas = change.Replicas is { } replicas ? [.. replicas] : Replicas,
            Isr = change.Isr is { } isr ? [.. isr] : Isr,
            Elr = change.EligibleLeaderReplicas is { } elr ? [.. elr] : Elr,
            LastKnownElr = change.LastKnownElr is { } known ? [.. known] : LastKnownElr,
        }).Checked();
    }

    /// <summary>Throws if a line of the invariants does not hold.</summary>
    internal PartitionImage Checked()
    {
        Invariant.Check(Partition >= 0);
        Invariant.Check(!HasDoubles(Replicas));
        Invariant.Check(IsSubset(Isr, Replicas));
        Invariant.Check(IsSubset(Elr, Replicas));
        foreach (var id in Elr)
            Invariant.Check(!Isr.Contains(id));
        Invariant.Check(!HasLeader || Isr.Contains(Leader));
        return this;
    }

    private static bool IsSubset(ImmutableArray<int> part, ImmutableArray<int> whole)
    {
        foreach (var id in part)
        {
            if (!whole.Contains(id))
                return false;
        }
        return true;
    }

    private static bool HasDoubles(ImmutableArray<int> ids)
    {
        for (var i = 1; i < ids.Length; i++)
        {
            if (ids.AsSpan(0, i).Contains(ids[i]))
                return true;
        }
        return false;
    }
}
