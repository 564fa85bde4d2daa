using System.Collections.Immutable;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>Who is looked for when a change of a partition is worked out.</summary>
internal enum Election
{
    /// <summary>The leader stays if it can.</summary>
    IfNeeded,

    /// <summary>The first of the assignment takes over if it is in sync.</summary>
    Preferred,

    /// <summary>As the first; and rather than nobody, a replica that lacks acknowledged records.</summary>
    Unclean,
}

/// <summary>How the leader of a changed partition came to be.</summary>
internal enum ElectionOutcome
{
    Unchanged,

    /// <summary>From the ISR or ELR: nothing acknowledged is lost.</summary>
    Clean,

    /// <summary>Everybody crashed, and the one with the most complete log leads on with what its disk has.</summary>
    LastKnown,

    Unclean,

    /// <summary>Nobody can lead.</summary>
    None,
}

/// <summary>
/// Works one change of a partition out: give it the ISR and the assignment that shall be, and it completes a move that is done, elects a leader where one is
/// needed, keeps the eligible leader replicas, and makes the record of what is different.
/// <code>
/// leader    the present one, or else the first of the assignment, that is in the ISR and active
///        ─▶ the present one if it is about to stop and nobody else is there
///        ─▶ the first active one of the ELR            ISR = that one
///        ─▶ nobody is in sync or eligible any more: the crashed one with the most complete log, if it is back    ISR = that one
///        ─▶ an active replica, if an unclean election is allowed                      ISR = that one
///        ─▶ none
/// ELR       while |ISR| &lt; min.insync.replicas: who has left the ISR since it was that small, and its log is not lost. Until the ISR is large enough
///           again the watermark stands still, so each of them has all that is acknowledged (KIP-966).
/// offline   a replica that its broker has lost to a disk is as one that crashed, and leads nothing until that broker's next start
/// crashed   who would be in sync or eligible had it not crashed, with where its log ends since. Each record that was acknowledged is on at least
///           min.insync.replicas disks of ISR, ELR and these; so unless as many have lost it, the most complete log has it. Forgotten when the ISR
///           is large enough again
/// move      done when all that come are in sync and, without those that go, min.insync.replicas are
/// epoch     the leader epoch rises with a new leader, with an assignment that loses a broker, and with a replica that lost its log
/// </code>
/// </summary>
internal sealed class PartitionChange
{
    private readonly PartitionRules _rules;
    private readonly TopicImage _topic;
    private readonly PartitionImage _before;

    public PartitionChange(PartitionRules rules, TopicImage topic, PartitionImage before)
    {
        _rules = rules;
        _topic = topic;
        _before = before;
        Isr = before.Isr;
        Replicas = before.Replicas;
        Adding = before.Adding;
        Removing = before.Removing;
    }

    public ImmutableArray<int> Isr { get; set; }

    public ImmutableArray<int> Replicas { get; set; }

    public ImmutableArray<int> Adding { get; set; }

    public ImmutableArray<int> Removing { get; set; }

    public Election Election { get; set; }

    /// <summary>A replica that may lack what it had; null if none does. It leaves ISR and ELR, and the leader epoch rises.</summary>
    public int? Lost { get; set; }

    /// <summary>The lost replica's disk is another one: it does not lead on even where nobody else is left.</summary>
    public bool LostForGood { get; set; }

    /// <summary>Where the lost replica's log ends now.</summary>
    public OffsetAndEpoch LostEnd { get; set; } = PartitionImage.NoEnd;

    public Guid TopicId => _topic.Id;

    /// <summary>After <see cref="Build"/>: the leader.</summary>
    public int Leader { get; private set; }

    /// <summary>After <see cref="Build"/>.</summary>
    public ElectionOutcome Outcome { get; private set; }

    /// <summary>After <see cref="Build"/>: a move is done with this change.</summary>
    public bool CompletesMove { get; private set; }

    private MetadataImage Image => _rules.Image;

    /// <summary>The record, null if nothing is different.</summary>
    public PartitionChangeRecord? Build()
    {
        if (Lost is { } lost)
            Isr = Isr.Remove(lost);
        CompleteMove();
        var isr = Isr;
        var inSyncBefore = _before.Isr.Union(_before.Elr).Where(r => Replicas.Contains(r) && r != Lost).ToImmutableArray();
        var eligible = inSyncBefore.RemoveRange(isr);
        var crashed = Crashed();
        Elect(ref isr, ref eligible, crashed);
        if (isr.Length >= _rules.MinInsyncReplicas(_topic, Leader, Replicas.Length))
            eligible = [];
        if (isr.Length >= _rules.MinInsyncReplicas(_topic, Leader, Replicas.Length) || Outcome == ElectionOutcome.Unclean)
            crashed = [];
        return Record(isr, eligible, [.. crashed.Where(c => !isr.Contains(c.Replica) && !eligible.Contains(c.Replica))]);
    }

    /// <summary>Of an unclean election: what an operator should know.</summary>
    public string UncleanLine() =>
        $"Partition {_topic.IdOf(_before.Partition)}: broker {Leader}, which was not in sync, leads by an unclean election at epoch {_before.LeaderEpoch + 1}. "
        + $"What brokers {List(_before.Isr.Union(_before.Elr).Union(_before.LastKnownElr).Where(r => r != Leader))} had beyond its log is lost; "
        + "they cut it off when they are back, and say from which offset.";

    internal static string List(IEnumerable<int> brokers) => string.Join(", ", brokers) is { Length: > 0 } list ? list : "(none)";

    private void CompleteMove()
    {
        if (Adding.IsEmpty && Removing.IsEmpty)
            return;
        foreach (var adding in Adding)
        {
            if (!Isr.Contains(adding))
                return;
        }
        var target = Replicas.RemoveRange(Removing);
        var isr = Isr.Where(target.Contains).ToImmutableArray();
        if (!isr.Any(Image.IsActive) || !_rules.MayShrinkTo(_topic, _before, Isr, target))
            return;
        Replicas = target;
        Isr = isr;
        Adding = [];
        Removing = [];
        CompletesMove = true;
    }

    private void Elect(ref ImmutableArray<int> isr, ref ImmutableArray<int> eligible, ImmutableArray<(int Replica, OffsetAndEpoch End)> crashed)
    {
        var before = _before.Leader;
        if (Election == Election.Preferred && Replicas[0] != before && CanLead(Replicas[0], isr))
            Choose(Replicas[0], ElectionOutcome.Clean);
        else if (CanLead(before, isr))
            Choose(before, ElectionOutcome.Unchanged);
        else if (First(isr) is { } inSync)
            Choose(inSync, ElectionOutcome.Clean);
        else if (isr.Contains(before) && Image.IsAlive(before) && !Image.IsOffline(before, _topic.Id, _before.Partition))
            Choose(before, ElectionOutcome.Unchanged);
        else if (First(eligible) is { } next)
        {
            Choose(next, ElectionOutcome.Clean);
            eligible = eligible.Union(isr).Where(r => r != next).ToImmutableArray();
            isr = [next];
        }
        else if (isr.IsEmpty && eligible.IsEmpty && First(MostComplete(crashed)) is { } last)
            ChooseAlone(last, ElectionOutcome.LastKnown, ref isr, ref eligible);
        else if ((Election == Election.Unclean || _rules.AllowsUncleanElection(_topic)) && First(Replicas) is { } any)
            ChooseAlone(any, ElectionOutcome.Unclean, ref isr, ref eligible);
        else
            Choose(PartitionImage.NoLeader, _before.HasLeader ? ElectionOutcome.None : ElectionOutcome.Unchanged);
    }

    private void Choose(int leader, ElectionOutcome outcome)
    {
        Leader = leader;
        Outcome = outcome;
    }

    private void ChooseAlone(int leader, ElectionOutcome outcome, ref ImmutableArray<int> isr, ref ImmutableArray<int> eligible)
    {
        Choose(leader, outcome);
        isr = [leader];
        eligible = [];
    }

    private bool CanLead(int broker, ImmutableArray<int> among) => among.Contains(broker) && Replicas.Contains(broker) && Image.IsActive(broker)
        && !Image.IsOffline(broker, _topic.Id, _before.Partition);

    /// <summary>The first of the assignment that is among those and active.</summary>
    private int? First(ImmutableArray<int> among)
    {
        foreach (var replica in Replicas)
        {
            if (CanLead(replica, among))
                return replica;
        }
        return null;
    }

    /// <summary>Who would be in sync or eligible had it not crashed, and where its log ends.</summary>
    private ImmutableArray<(int Replica, OffsetAndEpoch End)> Crashed()
    {
        var crashed = ImmutableArray.CreateBuilder<(int, OffsetAndEpoch)>();
        for (var i = 0; i < _before.LastKnownElr.Length; i++)
        {
            var replica = _before.LastKnownElr[i];
            if (replica != Lost && Replicas.Contains(replica))
                crashed.Add((replica, _before.LastKnownEnds[i]));
        }
        if (Lost is { } lost && !LostForGood && Replicas.Contains(lost)
            && (_before.Isr.Contains(lost) || _before.Elr.Contains(lost) || _before.LastKnownElr.Contains(lost)))
        {
            crashed.Add((lost, LostEnd));
        }
        return crashed.ToImmutable();
    }

    /// <summary>Those whose logs none of the others is ahead of; where one of them is away, it is waited for.</summary>
    private static ImmutableArray<int> MostComplete(ImmutableArray<(int Replica, OffsetAndEpoch End)> crashed)
    {
        if (crashed.IsEmpty)
            return [];
        var most = crashed.Select(c => c.End).MaxBy(end => (end.Epoch, end.Offset));
        return [.. crashed.Where(c => c.End == most).Select(c => c.Replica)];
    }

    private PartitionChangeRecord? Record(
        ImmutableArray<int> isr, ImmutableArray<int> eligible, ImmutableArray<(int Replica, OffsetAndEpoch End)> crashed)
    {
        var record = new PartitionChangeRecord { TopicId = _topic.Id, PartitionId = _before.Partition };
        var losesBroker = _before.Replicas.Any(r => !Replicas.Contains(r));
        var names = Leader != _before.Leader || losesBroker || (Lost is { } lost && (_before.Isr.Contains(lost) || _before.Elr.Contains(lost)));
        if (names)
            record.Leader = Leader;
        if (Outcome == ElectionOutcome.Unclean)
            record.UncleanEpoch = _before.LeaderEpoch + 1;
        record.Isr = Changed(_before.Isr, isr);
        record.EligibleLeaderReplicas = Changed(_before.Elr, eligible);
        if (!crashed.SequenceEqual(_before.LastKnownElr.Zip(_before.LastKnownEnds)))
        {
            record.LastKnownElr = [.. crashed.Select(c => c.Replica)];
            record.LastKnownEpochs = [.. crashed.Select(c => c.End.Epoch)];
            record.LastKnownOffsets = [.. crashed.Select(c => c.End.Offset)];
        }
        record.Replicas = Changed(_before.Replicas, Replicas);
        record.AddingReplicas = Changed(_before.Adding, Adding);
        record.RemovingReplicas = Changed(_before.Removing, Removing);
        var isDifferent = names || record.Isr is not null || record.EligibleLeaderReplicas is not null || record.LastKnownElr is not null
            || record.Replicas is not null || record.AddingReplicas is not null || record.RemovingReplicas is not null;
        return isDifferent ? record : null;
    }

    private static int[]? Changed(ImmutableArray<int> before, ImmutableArray<int> after) => before.SequenceEqual(after) ? null : [.. after];
}
