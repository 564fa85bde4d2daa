using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Handlers;

/// <summary>An operator makes a node that follows the metadata log a voter. The controller's node alone can.</summary>
public sealed class AddRaftVoterHandler(QuorumGate gate) : RequestHandler<AddRaftVoterRequest, AddRaftVoterResponse>
{
    public override (short Min, short Max) Versions => (0, 1);

    public override async ValueTask<AddRaftVoterResponse> HandleAsync(AddRaftVoterRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new AddRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var voter = new Voter(
            new ReplicaKey(request.VoterId, request.VoterDirectoryId), [.. request.Listeners.Select(l => new VoterEndpoint(l.Name, l.Host, l.Port))]);
        var (error, message) = await VoterChange.RunAsync(
            gate, v => v.ContainsNode(voter.Id) ? null : v.With(voter), ErrorCode.DuplicateVoter, $"Node {voter.Id} is a voter already.").ConfigureAwait(false);
        return new AddRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
    }
}

/// <summary>An operator takes a node its vote.</summary>
public sealed class RemoveRaftVoterHandler(QuorumGate gate) : RequestHandler<RemoveRaftVoterRequest, RemoveRaftVoterResponse>
{
    public override (short Min, short Max) Versions => (0, 0);

    public override async ValueTask<RemoveRaftVoterResponse> HandleAsync(
        RemoveRaftVoterRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new RemoveRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var key = new ReplicaKey(request.VoterId, request.VoterDirectoryId);
        var (error, message) = await VoterChange.RunAsync(
            gate, v => v.Contains(key) ? v.Without(key.Id) : null, ErrorCode.VoterNotFound, $"Node {key.Id} with this directory id is no voter.").ConfigureAwait(false);
        return new RemoveRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
    }
}

/// <summary>A voter says where it is reached now.</summary>
public sealed class UpdateRaftVoterHandler(QuorumGate gate) : RequestHandler<UpdateRaftVoterRequest, UpdateRaftVoterResponse>
{
    public override (short Min, short Max) Versions => (0, 0);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<UpdateRaftVoterResponse> HandleAsync(
        UpdateRaftVoterRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (gate.IsForeign(request.ClusterId))
            return new UpdateRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
        var voter = new Voter(
            new ReplicaKey(request.VoterId, request.VoterDirectoryId), [.. request.Listeners.Select(l => new VoterEndpoint(l.Name, l.Host, l.Port))]);
        var (error, _) = await VoterChange.RunAsync(
            gate, v => v.Contains(voter.Key) ? v.With(voter) : null, ErrorCode.VoterNotFound, "It is no voter.").ConfigureAwait(false);
        var status = gate.Port.Status;
        return new UpdateRaftVoterResponse
        {
            ErrorCode = error,
            CurrentLeader = status.Leader is { } at ? new() { LeaderId = status.LeaderId, LeaderEpoch = status.Epoch, Host = at.Host, Port = at.Port } : null,
        };
    }
}

/// <summary>A change of voters that somebody asks for, with the protocol's answer.</summary>
internal static class VoterChange
{
    public static async ValueTask<(ErrorCode Error, string? Message)> RunAsync(
        QuorumGate gate, Func<VoterSet, VoterSet?> change, ErrorCode without, string why)
    {
        if (!gate.Port.Status.MayDecide)
            return (ErrorCode.NotLeaderOrFollower, "This node is not the controller: ask the node that DescribeQuorum names as leader.");
        var isNone = false;
        var refusal = await gate.Port.ChangeVotersAsync(voters =>
        {
            var next = change(voters);
            isNone = next is null;
            return next;
        }).ConfigureAwait(false);
        if (isNone)
            return (without, why);
        return refusal is null ? (ErrorCode.None, null) : (refusal.Error, refusal.Message);
    }
}
