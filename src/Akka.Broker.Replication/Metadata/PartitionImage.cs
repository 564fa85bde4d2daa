using System.Collections.Immutable;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// What the controller has decided about a partition.
/// <para>Invariants: Replicas has no doubles; Isr ⊆ Replicas; Elr ⊆ Replicas and Isr ∩ Elr = ∅; Leader is <see cref="NoLeader"/> or in Isr;
/// Adding ⊆ Replicas, Removing ⊆ Replicas and Adding ∩ Removing = ∅; the epochs never fall.</para>
/// </summary>
/// <param name="Partition">Its number in the topic.</param>
/// <param name="Leader">The leader's broker id or <see cref="NoLeader"/>.</param>
/// <param name="LeaderEpoch">Rises with each election.</param>
/// <param name="PartitionEpoch">Rises with each change of this record: an ISR change names the one that it saw.</param>
/// <param name="Replicas">The assignment; the first is the preferred leader.</param>
/// <param name="Isr">In-sync replicas.</param>
/// <param name="Elr">Eligible leader replicas (KIP-966): not in sync, yet with everything up to the high watermark.</param>
/// <param name="LastKnownElr">
/// Who would be eligible had it not crashed: it may have lost what it had not synced. Where nobody is in sync or eligible, the one with the most complete log
/// leads on when it is back (<see cref="Control.PartitionChange"/>).
/// </param>
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

    /// <summary>Of <see cref="LastKnownElr"/>, in its order: where each log ended when its broker registered after the crash. It holds at least that now.</summary>
    public ImmutableArray<OffsetAndEpoch> LastKnownEnds { get; init; } = [];

    /// <summary>Of a move under way (KIP-455): replicas that come. When all are in sync, <see cref="Removing"/> go.</summary>
    public ImmutableArray<int> Adding { get; init; } = [];

    /// <summary>Of a move under way: replicas that go.</summary>
    public ImmutableArray<int> Removing { get; init; } = [];

    /// <summary>The last leader epoch that began with an unclean election: of what was written before it, committed records too may be lost. -1: none did.</summary>
    public int UncleanEpoch { get; init; } = -1;

    /// <summary>Of a log without records.</summary>
    public static readonly OffsetAndEpoch NoEnd = new(0, -1);

    public bool HasLeader => Leader != NoLeader;

    public bool IsMoving => !Adding.IsEmpty || !Removing.IsEmpty;

    /// <summary>The replicas once the move under way, if there is one, is done.</summary>
    public ImmutableArray<int> TargetReplicas => Removing.IsEmpty ? Replicas : Replicas.RemoveRange(Removing);

    public static PartitionImage From(PartitionRecord record) => new PartitionImage(
        record.PartitionId,
        record.Leader,
        record.LeaderEpoch,
        record.PartitionEpoch,
        [.. record.Replicas],
        [.. record.Isr],
        [.. record.EligibleLeaderReplicas],
        [.. record.LastKnownElr])
    {
        LastKnownEnds = Ends(record.LastKnownElr, record.LastKnownEpochs, record.LastKnownOffsets),
        Adding = [.. record.AddingReplicas],
        Removing = [.. record.RemovingReplicas],
        UncleanEpoch = record.UncleanEpoch,
    }.Checked();

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
            LastKnownEnds = change.LastKnownElr is { } ended ? Ends(ended, change.LastKnownEpochs, change.LastKnownOffsets) : LastKnownEnds,
            Adding = change.AddingReplicas is { } adding ? [.. adding] : Adding,
            Removing = change.RemovingReplicas is { } removing ? [.. removing] : Removing,
            UncleanEpoch = Math.Max(UncleanEpoch, change.UncleanEpoch),
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
        Invariant.Check(LeaderEpoch >= 0 && PartitionEpoch >= 0);
        Invariant.Check(LastKnownEnds.Length == LastKnownElr.Length);
        Invariant.Check(IsSubset(Adding, Replicas));
        Invariant.Check(IsSubset(Removing, Replicas));
        foreach (var id in Adding)
            Invariant.Check(!Removing.Contains(id));
        return this;
    }

    /// <summary>A record of a level that knows no ends says nothing of them: none is more complete than another.</summary>
    private static ImmutableArray<OffsetAndEpoch> Ends(int[] known, int[]? epochs, long[]? offsets) =>
        epochs?.Length == known.Length && offsets?.Length == known.Length
            ? [.. epochs.Zip(offsets, (epoch, offset) => new OffsetAndEpoch(offset, epoch))]
            : [.. known.Select(_ => NoEnd)];

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
