using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>Heartbeats, and what becomes of members and of given-out ids that are not heard of in time.</summary>
internal sealed class Sessions(GroupCore core, Rebalance rebalance)
{
    public void Handle(RequestId request, HeartbeatCommand heartbeat, Moment now) =>
        core.Answer(request, HeartbeatResult.Of(Check(heartbeat, now)));

    /// <summary>
    /// A member whose request waits here is alive whatever its session says; the answer starts a new session. Only a newcomer's first wait
    /// is bounded: if its client is gone, nobody would notice.
    /// </summary>
    public void OnSessionDue(string memberId, Moment now)
    {
        if (!core.Roster.TryGet(memberId, out var member))
            return;
        if (!member.IsNew && (member.AwaitingJoin is not null || member.AwaitingSync is not null))
            return;
        core.Effects.Note($"has not heard of {memberId} for {member.SessionTimeoutMs} ms");
        rebalance.RemoveMember(member, now, $"the session of {memberId} expired");
    }

    public void OnPendingMemberDue(string memberId, Moment now)
    {
        if (core.Roster.IsPending(memberId))
            rebalance.RemovePending(memberId, now);
    }

    private ErrorCode Check(HeartbeatCommand heartbeat, Moment now)
    {
        var error = core.CheckMember(heartbeat.MemberId, heartbeat.InstanceId, out var member);
        if (error != ErrorCode.None)
            return error;
        if (heartbeat.GenerationId != core.GenerationId)
            return ErrorCode.IllegalGeneration;
        core.RestartSession(member!, now);
        return core.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }
}
