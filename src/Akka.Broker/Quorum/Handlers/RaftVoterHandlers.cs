using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Handlers;

/// <summary>An operator makes a node that follows the metadata log a voter.</summary>
public sealed class AddRaftVoterHandler(ControllerClient controller) : AdminHandler<AddRaftVoterRequest, AddRaftVoterResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 1);

    protected override int TimeoutMsOf(AddRaftVoterRequest request) => request.TimeoutMs;

    protected override AddRaftVoterResponse Refuse(AddRaftVoterRequest request, ErrorCode error, string message) => new() { ErrorCode = error, ErrorMessage = message };
}

/// <summary>An operator takes a node its vote.</summary>
public sealed class RemoveRaftVoterHandler(ControllerClient controller) : AdminHandler<RemoveRaftVoterRequest, RemoveRaftVoterResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 0);

    protected override RemoveRaftVoterResponse Refuse(RemoveRaftVoterRequest request, ErrorCode error, string message) => new() { ErrorCode = error, ErrorMessage = message };
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
        var voter = VoterChange.VoterOf(request.VoterId, request.VoterDirectoryId, request.Listeners.Select(l => new VoterEndpoint(l.Name, l.Host, l.Port)));
        var change = new VoterChange(gate.Port, v => v.Contains(voter.Key) ? v.With(voter) : null, ErrorCode.VoterNotFound, "It is no voter.");
        var (error, _) = await change.BeginAsync().ConfigureAwait(false);
        var status = gate.Port.Status;
        return new UpdateRaftVoterResponse
        {
            ErrorCode = error,
            CurrentLeader = status.Leader is { } at ? new() { LeaderId = status.LeaderId, LeaderEpoch = status.Epoch, Host = at.Host, Port = at.Port } : null,
        };
    }
}
