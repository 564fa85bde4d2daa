using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>
/// The two phases between one generation and the next. In the join phase all members' JoinGroup requests are gathered until everybody is there
/// or the longest of their rebalance timeouts is over; an empty group waits <c>group.initial.rebalance.delay.ms</c> instead, again while
/// members keep coming, so that a fleet that starts does not rebalance once a member. In the sync phase each member has as long to ask for its assignment.
/// <para>Invariants: the join deadline is set exactly in PreparingRebalance; who is waited for in the sync phase is a member.</para>
/// </summary>
internal sealed class Rebalance(GroupCore core)
{
    private readonly DeadlineSlot _joinDeadline = new(DeadlineKind.Join);
    private readonly DeadlineSlot _syncDeadline = new(DeadlineKind.Sync);
    private readonly HashSet<string> _awaitedSyncs = [];
    private bool _isInitial;
    private bool _membersCame;
    private long _initialRemainingMs;

    /// <summary>Starts a join phase, unless one runs.</summary>
    public void Prepare(Moment now, string reason)
    {
        if (!GroupState.PreparingRebalance.MayFollow(core.State))
            return;
        if (core.State == GroupState.CompletingRebalance)
            FailSyncs(ErrorCode.RebalanceInProgress, now);
        EndSyncPhase();
        core.Effects.Note($"prepares to rebalance from {core.State}, generation {core.GenerationId}: {reason}");

        _isInitial = core.State == GroupState.Empty;
        _membersCame = false;
        core.TransitionTo(GroupState.PreparingRebalance, now);
        var timeoutMs = core.Roster.RebalanceTimeoutMs;
        if (_isInitial)
        {
            _initialRemainingMs = Math.Max(timeoutMs - (long)core.Config.InitialRebalanceDelayMs, 0);
            core.Deadlines.Set(_joinDeadline, now.MonotonicMs + core.Config.InitialRebalanceDelayMs);
            return;
        }

        core.Deadlines.Set(_joinDeadline, now.MonotonicMs + timeoutMs);
        TryCompleteJoin(now);
    }

    /// <summary>A member came that was not there before: the first wait of a group may be prolonged.</summary>
    public void NoteNewMember()
    {
        if (core.State == GroupState.PreparingRebalance)
            _membersCame = true;
    }

    /// <summary>Ends the join phase if everybody is there. An initial wait is never cut short.</summary>
    public void TryCompleteJoin(Moment now)
    {
        if (core.State == GroupState.PreparingRebalance && !_isInitial && core.Roster.HaveAllJoined)
            CompleteJoin(now);
    }

    public void OnJoinDeadline(Moment now)
    {
        Invariant.Check(core.State == GroupState.PreparingRebalance);
        if (_isInitial && _membersCame && _initialRemainingMs > 0)
        {
            var delayMs = Math.Min(core.Config.InitialRebalanceDelayMs, _initialRemainingMs);
            _membersCame = false;
            _initialRemainingMs -= delayMs;
            core.Deadlines.Set(_joinDeadline, now.MonotonicMs + delayMs);
            return;
        }

        CompleteJoin(now);
    }

    /// <summary>Who has not asked for its assignment by now is out.</summary>
    public void OnSyncDeadline(Moment now)
    {
        if (core.State is not (GroupState.CompletingRebalance or GroupState.Stable) || _awaitedSyncs.Count == 0)
            return;
        var missing = _awaitedSyncs.ToArray();
        foreach (var memberId in missing)
        {
            if (core.Roster.TryGet(memberId, out var member))
                Drop(member);
        }

        Prepare(now, $"{missing.Length} members did not ask for their assignment in time");
    }

    /// <summary>The member has asked for its assignment, or is none any more.</summary>
    public void NoteSync(string memberId)
    {
        if (_awaitedSyncs.Remove(memberId) && _awaitedSyncs.Count == 0)
            Deadlines.Clear(_syncDeadline);
    }

    /// <summary>Gives every waiting member what it was assigned.</summary>
    public void AnswerSyncs(Moment now)
    {
        foreach (var member in core.Roster.Members)
        {
            if (core.AnswerSync(member, new SyncResult(ErrorCode.None, core.ProtocolType, core.ProtocolName, member.Assignment)))
                core.RestartSession(member, now);
        }
    }

    /// <summary>There will be no assignment in this generation.</summary>
    public void FailSyncs(ErrorCode error, Moment now)
    {
        foreach (var member in core.Roster.Members)
        {
            member.Assignment = default;
            if (core.AnswerSync(member, SyncResult.Failed(error)))
                core.RestartSession(member, now);
        }
    }

    /// <summary>A member is out, by its own will or not. The rest rebalances.</summary>
    public void RemoveMember(GroupMember member, Moment now, string reason)
    {
        Drop(member);
        Prepare(now, reason);
        TryCompleteJoin(now);
    }

    /// <summary>Who was given an id will not come any more.</summary>
    public void RemovePending(string memberId, Moment now)
    {
        core.Roster.RemovePending(memberId);
        TryCompleteJoin(now);
    }

    public void CheckInvariants()
    {
        Invariant.Check(_joinDeadline.IsSet == (core.State == GroupState.PreparingRebalance));
        Invariant.Check(_awaitedSyncs.All(core.Roster.Has));
        Invariant.Check(_syncDeadline.IsSet == (_awaitedSyncs.Count > 0));
    }

    private void CompleteJoin(Moment now)
    {
        foreach (var missing in core.Roster.Members.Where(m => m.AwaitingJoin is null && !m.IsStatic).ToArray())
        {
            core.Effects.Note($"drops {missing.Id}, which did not rejoin in time");
            Drop(missing);
        }

        if (core.Roster.Count > 0 && !core.Roster.TryElectJoinedLeader())
        {
            core.Effects.Note("waits on: none of its static members has rejoined yet");
            core.Deadlines.Set(_joinDeadline, now.MonotonicMs + core.Roster.RebalanceTimeoutMs);
            return;
        }

        Deadlines.Clear(_joinDeadline);
        core.BeginGeneration(now);
        if (core.State == GroupState.Empty)
            StoreEmptyGeneration(now);
        else
            BeginSyncPhase(now);
    }

    private void StoreEmptyGeneration(Moment now)
    {
        core.Effects.Note($"is empty, generation {core.GenerationId}");
        core.Write(
            [core.ToRecord(_ => default, now)],
            committed: _ => { },
            refused: (error, _) => core.Effects.Note(
                $"could not store that it is empty ({error}); after a restart its last members would have to time out once more"));
    }

    private void BeginSyncPhase(Moment now)
    {
        core.Effects.Note($"has {core.Roster.Count} members in generation {core.GenerationId}, protocol {core.ProtocolName}");
        var forLeader = core.Roster.Members.Select(m => new JoinedMember(m.Id, m.InstanceId, m.MetadataFor(core.ProtocolName))).ToArray();
        _awaitedSyncs.Clear();
        foreach (var member in core.Roster.Members)
        {
            core.AnswerJoin(member, Joined(member, core.Roster.IsLeader(member.Id) ? forLeader : []));
            core.RestartSession(member, now);
            member.IsNew = false;
            _awaitedSyncs.Add(member.Id);
        }

        core.Deadlines.Set(_syncDeadline, now.MonotonicMs + core.Roster.RebalanceTimeoutMs);
    }

    private JoinResult Joined(GroupMember member, IReadOnlyList<JoinedMember> members) => new(
        ErrorCode.None, member.Id, core.GenerationId, core.ProtocolType, core.ProtocolName, core.Roster.LeaderId!, SkipAssignment: false, members);

    private void EndSyncPhase()
    {
        _awaitedSyncs.Clear();
        Deadlines.Clear(_syncDeadline);
    }

    private void Drop(GroupMember member)
    {
        core.AnswerJoin(member, JoinResult.Failed(ErrorCode.UnknownMemberId, ""));
        core.AnswerSync(member, SyncResult.Failed(ErrorCode.UnknownMemberId));
        NoteSync(member.Id);
        core.Roster.Remove(member);
    }
}
