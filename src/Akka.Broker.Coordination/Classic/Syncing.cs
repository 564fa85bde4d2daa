using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>What SyncGroup does: the leader's brings the assignment into the log, everybody's waits until it is there.</summary>
internal sealed class Syncing(GroupCore core, Rebalance rebalance)
{
    public void Handle(RequestId request, SyncCommand sync, Moment now)
    {
        var error = Check(sync, out var member);
        if (error != ErrorCode.None)
        {
            core.Answer(request, sync.Fail(error));
            return;
        }

        rebalance.NoteSync(member!.Id);
        if (core.State == GroupState.Stable)
        {
            core.RestartSession(member, now);
            core.Answer(request, new SyncResult(ErrorCode.None, core.ProtocolType, core.ProtocolName, member.Assignment));
            return;
        }

        core.AnswerSync(member, SyncResult.Failed(ErrorCode.RebalanceInProgress));
        member.AwaitingSync = request;
        if (core.Roster.IsLeader(member.Id))
            StoreAssignment(sync, now);
    }

    private ErrorCode Check(SyncCommand sync, out GroupMember? member)
    {
        var error = core.CheckMember(sync.MemberId, sync.InstanceId, out member);
        if (error != ErrorCode.None)
            return error;
        if (sync.GenerationId != core.GenerationId)
            return ErrorCode.IllegalGeneration;
        if (sync.ProtocolType is not null && sync.ProtocolType != core.ProtocolType)
            return ErrorCode.InconsistentGroupProtocol;
        if (sync.ProtocolName is not null && sync.ProtocolName != core.ProtocolName)
            return ErrorCode.InconsistentGroupProtocol;
        return core.State is GroupState.CompletingRebalance or GroupState.Stable ? ErrorCode.None : ErrorCode.RebalanceInProgress;
    }

    /// <summary>Members whom the leader left out get an empty assignment; names that are not members are ignored.</summary>
    private void StoreAssignment(SyncCommand sync, Moment now)
    {
        var generation = core.GenerationId;
        var assignments = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var assignment in sync.Assignments)
            assignments[assignment.MemberId] = assignment.Assignment;
        core.Write(
            [core.ToRecord(m => assignments.GetValueOrDefault(m.Id), now)],
            committed: at =>
            {
                if (IsAwaited(generation))
                    Adopt(at);
            },
            refused: (error, at) =>
            {
                if (!IsAwaited(generation))
                    return;
                rebalance.FailSyncs(error == ErrorCode.InvalidCommitOffsetSize ? ErrorCode.UnknownServerError : error, at);
                rebalance.Prepare(at, $"the assignment could not be stored: {error}");
            });
    }

    /// <summary>Somebody can have joined or failed while the write was under way; its generation is over then.</summary>
    private bool IsAwaited(int generation) => core.State == GroupState.CompletingRebalance && core.GenerationId == generation;

    private void Adopt(Moment now)
    {
        Invariant.Check(core.Durable is { } stored && stored.GenerationId == core.GenerationId);
        foreach (var durable in core.Durable.Members)
        {
            if (core.Roster.TryGet(durable.MemberId, out var member))
                member.Assignment = durable.Assignment;
        }

        core.TransitionTo(GroupState.Stable, now);
        rebalance.AnswerSyncs(now);
    }
}
