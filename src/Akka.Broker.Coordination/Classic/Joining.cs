using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>What JoinGroup does, for newcomers, for members, and for a static member that has restarted.</summary>
internal sealed class Joining(GroupCore core, Rebalance rebalance)
{
    public void Handle(RequestId request, JoinCommand join, Moment now)
    {
        if (join.SessionTimeoutMs < core.Config.MinSessionTimeoutMs || join.SessionTimeoutMs > core.Config.MaxSessionTimeoutMs)
        {
            core.Answer(request, join.Fail(ErrorCode.InvalidSessionTimeout));
            return;
        }

        if (!HasRoomFor(join))
        {
            rebalance.RemovePending(join.MemberId, now);
            core.Answer(request, JoinResult.Failed(ErrorCode.GroupMaxSizeReached, ""));
            return;
        }

        if (!SupportsProtocols(join))
        {
            core.Answer(request, join.Fail(ErrorCode.InconsistentGroupProtocol));
            return;
        }

        if (join.MemberId.Length == 0)
            AdmitNewcomer(request, join, now);
        else if (core.Roster.IsPending(join.MemberId) && join.InstanceId is null)
            Add(request, join, join.MemberId, now);
        else
            Rejoin(request, join, now);
        rebalance.TryCompleteJoin(now);
    }

    /// <summary>In the join phase those who come first get the places. A static member that restarts takes its own.</summary>
    private bool HasRoomFor(JoinCommand join)
    {
        var roster = core.Roster;
        if (join.MemberId.Length == 0 && roster.TryGetStatic(join.InstanceId, out _))
            return true;
        return core.State switch
        {
            GroupState.PreparingRebalance =>
                (roster.TryGet(join.MemberId, out var member) && member.AwaitingJoin is not null) || roster.AwaitingJoinCount < core.Config.MaxSize,
            GroupState.CompletingRebalance or GroupState.Stable => roster.Has(join.MemberId) || roster.Count < core.Config.MaxSize,
            _ => true,
        };
    }

    private bool SupportsProtocols(JoinCommand join)
    {
        if (join.ProtocolType.Length == 0 || join.Protocols.Count == 0)
            return false;
        return core.Roster.Count == 0 || (core.ProtocolType == join.ProtocolType && core.Roster.SupportsAnyOf(join.Protocols));
    }

    private void AdmitNewcomer(RequestId request, JoinCommand join, Moment now)
    {
        var memberId = $"{join.InstanceId ?? join.ClientId}-{join.NewMemberToken}";
        if (core.Roster.TryGetStatic(join.InstanceId, out var oldId))
        {
            Replace(request, join, oldId, memberId, now);
        }
        else if (join.InstanceId is null && join.RequireKnownMemberId)
        {
            core.Deadlines.Set(core.Roster.AddPending(memberId), now.MonotonicMs + join.SessionTimeoutMs);
            core.Answer(request, JoinResult.Failed(ErrorCode.MemberIdRequired, memberId));
        }
        else
        {
            Add(request, join, memberId, now);
        }
    }

    private void Add(RequestId request, JoinCommand join, string memberId, Moment now)
    {
        var member = NewMember(join, memberId);
        member.IsNew = true;
        if (core.Roster.Count == 0)
            core.ProtocolType = join.ProtocolType;
        rebalance.NoteNewMember();
        core.Roster.Add(member, Distinct(join.Protocols), request);
        AwaitNewMember(member, now);
        rebalance.Prepare(now, $"{memberId} joins");
    }

    private void Rejoin(RequestId request, JoinCommand join, Moment now)
    {
        var error = core.CheckMember(join.MemberId, join.InstanceId, out var member);
        if (error != ErrorCode.None)
        {
            core.Answer(request, join.Fail(error));
            return;
        }

        var isUnchanged = member!.Offers(Distinct(join.Protocols));
        var leads = core.Roster.IsLeader(member.Id);
        if (core.State == GroupState.CompletingRebalance && isUnchanged)
        {
            // It has perhaps not received the answer to its first JoinGroup of this generation.
            core.Answer(request, Current(member.Id, core.Roster.LeaderId!, leads, skipAssignment: false));
        }
        else if (core.State == GroupState.Stable && isUnchanged && !leads)
        {
            core.Answer(request, Current(member.Id, core.Roster.LeaderId!, withMembers: false, skipAssignment: false));
        }
        else
        {
            // A leader that rejoins asks for a new assignment: topics can have changed without any member's metadata changing.
            Update(request, join, member);
            rebalance.Prepare(now, leads && isUnchanged ? $"its leader {member.Id} rejoins" : $"{member.Id} has changed what it offers");
        }
    }

    private void Update(RequestId request, JoinCommand join, GroupMember member)
    {
        core.AnswerJoin(member, JoinResult.Failed(ErrorCode.RebalanceInProgress, member.Id));
        core.Roster.SetProtocols(member, Distinct(join.Protocols));
        core.Roster.SetAwaitingJoin(member, request);
        member.RebalanceTimeoutMs = join.RebalanceTimeoutMs;
        member.SessionTimeoutMs = join.SessionTimeoutMs;
    }

    /// <summary>
    /// A static member has come back without its member id. Its old incarnation is fenced. In a stable group the new one takes over place and
    /// assignment as they are, unless its protocols change the vote.
    /// </summary>
    private void Replace(RequestId request, JoinCommand join, string oldId, string newId, Moment now)
    {
        Invariant.Check(core.Roster.TryGet(oldId, out var old));
        var oldLeader = core.Roster.LeaderId!;
        core.AnswerJoin(old, JoinResult.Failed(ErrorCode.FencedInstanceId, oldId));
        core.AnswerSync(old, SyncResult.Failed(ErrorCode.FencedInstanceId));
        rebalance.NoteSync(oldId);
        var member = NewMember(join, newId);
        core.Roster.ReplaceStatic(old, member, Distinct(join.Protocols), request);
        if (member.IsNew)
            AwaitNewMember(member, now);
        else
            core.RestartSession(member, now);
        core.Effects.Note($"replaces static member {join.InstanceId}: {oldId} is fenced by {newId}");

        if (core.State == GroupState.Stable && core.Roster.SelectProtocol() == core.ProtocolName)
            StoreReplacement(request, join, member, oldLeader, now);
        else
            rebalance.Prepare(now, $"static member {join.InstanceId} restarted");
    }

    /// <summary>If a rebalance begins before the write is through, the request waits for the generation after it.</summary>
    private void StoreReplacement(RequestId request, JoinCommand join, GroupMember member, string oldLeader, Moment now) => core.Write(
        [core.ToRecord(m => m.Assignment, now)],
        committed: at =>
        {
            if (core.State != GroupState.Stable || member.AwaitingJoin != request)
                return;

            // Before version 9 a leader that restarts must not learn that it leads: it would compute an assignment that nobody takes.
            var leads = core.Roster.IsLeader(member.Id);
            core.AnswerJoin(member, join.SupportsSkippingAssignment
                ? Current(member.Id, core.Roster.LeaderId!, withMembers: leads, skipAssignment: leads)
                : Current(member.Id, oldLeader, withMembers: false, skipAssignment: false));
            core.RestartSession(member, at);
        },
        refused: (error, at) =>
        {
            if (core.State == GroupState.Stable && member.AwaitingJoin == request)
                rebalance.Prepare(at, $"the restart of static member {member.InstanceId} could not be stored: {error}");
        });

    /// <summary>It cannot heartbeat while it waits, so its wait itself is bounded.</summary>
    private void AwaitNewMember(GroupMember member, Moment now) =>
        core.Deadlines.Set(member.Session, now.MonotonicMs + core.Config.NewMemberJoinTimeoutMs);

    private JoinResult Current(string memberId, string leaderId, bool withMembers, bool skipAssignment) => new(
        ErrorCode.None,
        memberId,
        core.GenerationId,
        core.ProtocolType,
        core.ProtocolName,
        leaderId,
        skipAssignment,
        withMembers ? [.. core.Roster.Members.Select(m => new JoinedMember(m.Id, m.InstanceId, m.MetadataFor(core.ProtocolName)))] : []);

    private static GroupMember NewMember(JoinCommand join, string memberId) =>
        new(memberId, join.InstanceId, join.ClientId, join.ClientHost, join.ProtocolType)
        {
            RebalanceTimeoutMs = join.RebalanceTimeoutMs,
            SessionTimeoutMs = join.SessionTimeoutMs,
        };

    /// <summary>A protocol that a client names twice counts once.</summary>
    private static IReadOnlyList<MemberProtocol> Distinct(IReadOnlyList<MemberProtocol> protocols)
    {
        for (var i = 1; i < protocols.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (protocols[i].Name == protocols[j].Name)
                    return [.. protocols.DistinctBy(p => p.Name)];
            }
        }

        return protocols;
    }
}
