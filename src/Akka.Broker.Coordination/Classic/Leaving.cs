using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>What LeaveGroup does, for members by their id and for static members by their instance.</summary>
internal sealed class Leaving(GroupCore core, Rebalance rebalance)
{
    public void Handle(RequestId request, LeaveCommand leave, Moment now)
    {
        var left = new LeftMember[leave.Members.Count];
        for (var i = 0; i < left.Length; i++)
        {
            var leaving = leave.Members[i];
            left[i] = new LeftMember(leaving.MemberId, leaving.InstanceId, Leave(leaving, now));
        }

        core.Answer(request, new LeaveResult(ErrorCode.None, left));
    }

    private ErrorCode Leave(LeavingMember leaving, Moment now)
    {
        var memberId = leaving.MemberId;
        if (memberId.Length == 0)
        {
            if (!core.Roster.TryGetStatic(leaving.InstanceId, out var current))
                return ErrorCode.UnknownMemberId;
            memberId = current;
        }
        else if (core.Roster.IsPending(memberId))
        {
            rebalance.RemovePending(memberId, now);
            return ErrorCode.None;
        }

        var error = core.CheckMember(memberId, leaving.InstanceId, out var member);
        if (error == ErrorCode.None)
            rebalance.RemoveMember(member!, now, $"{memberId} leaves ({(string.IsNullOrEmpty(leaving.Reason) ? "no reason given" : leaving.Reason)})");
        return error;
    }
}
