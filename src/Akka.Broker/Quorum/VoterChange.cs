using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>A change of voters that somebody asks for, with the protocol's answer. On the controller's node. Any thread.</summary>
internal static class VoterChange
{
    /// <param name="port">To the quorum.</param>
    /// <param name="request">AddRaftVoter or RemoveRaftVoter.</param>
    /// <param name="clusterId">Of this cluster: a request that names another is refused.</param>
    public static async Task<IResponse> CarryAsync(QuorumPort port, IRequest request, string clusterId)
    {
        switch (request)
        {
            case AddRaftVoterRequest add:
                if (IsForeign(add.ClusterId, clusterId))
                    return new AddRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
                var voter = VoterOf(add.VoterId, add.VoterDirectoryId, add.Listeners.Select(l => new VoterEndpoint(l.Name, l.Host, l.Port)));
                var (error, message) = await RunAsync(
                    port, v => v.ContainsNode(voter.Id) ? null : v.With(voter), ErrorCode.DuplicateVoter, $"Node {voter.Id} is a voter already.").ConfigureAwait(false);
                return new AddRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
            case RemoveRaftVoterRequest remove:
                if (IsForeign(remove.ClusterId, clusterId))
                    return new RemoveRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
                var key = new ReplicaKey(remove.VoterId, remove.VoterDirectoryId);
                (error, message) = await RunAsync(
                    port, v => v.Contains(key) ? v.Without(key.Id) : null, ErrorCode.VoterNotFound, $"Node {key.Id} with this directory id is no voter.").ConfigureAwait(false);
                return new RemoveRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
            default:
                throw new ArgumentException($"A {request.GetType().Name} changes no voters.", nameof(request));
        }
    }

    public static Voter VoterOf(int id, Guid directoryId, IEnumerable<VoterEndpoint> endpoints) => new(new ReplicaKey(id, directoryId), [.. endpoints]);

    public static async ValueTask<(ErrorCode Error, string? Message)> RunAsync(QuorumPort port, Func<VoterSet, VoterSet?> change, ErrorCode without, string why)
    {
        if (!port.Status.MayDecide)
            return (ErrorCode.NotLeaderOrFollower, "This node is not the controller: ask the node that DescribeQuorum names as leader.");
        var isNone = false;
        var refusal = await port.ChangeVotersAsync(voters =>
        {
            var next = change(voters);
            isNone = next is null;
            return next;
        }).ConfigureAwait(false);
        if (isNone)
            return (without, why);
        return refusal is null ? (ErrorCode.None, null) : (refusal.Error, refusal.Message);
    }

    private static bool IsForeign(string? asked, string own) => asked is not null && own.Length > 0 && asked != own;
}
