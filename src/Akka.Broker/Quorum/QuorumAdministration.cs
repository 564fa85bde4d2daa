using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>
/// What operators ask of the metadata quorum, answered on the controller's node: who votes and who follows, and changes of voters, each of which is answered
/// when it is committed. Any thread.
/// </summary>
internal sealed class QuorumAdministration(QuorumPort port, TimeProvider time)
{
    private const int TimeoutMsMax = 60_000;

    /// <param name="request">AddRaftVoter, RemoveRaftVoter or DescribeQuorum.</param>
    /// <param name="clusterId">Of this cluster: a request that names another is refused.</param>
    public async Task<IResponse> CarryAsync(IRequest request, string clusterId)
    {
        switch (request)
        {
            case DescribeQuorumRequest describe:
                return QuorumReport.Of(describe, await port.DescribeAsync().ConfigureAwait(false), time.GetUtcNow().ToUnixTimeMilliseconds());
            case AddRaftVoterRequest add:
                if (IsForeign(add.ClusterId, clusterId))
                    return new AddRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
                var voter = VoterChange.VoterOf(add.VoterId, add.VoterDirectoryId, add.Listeners.Select(l => new VoterEndpoint(l.Name, l.Host, l.Port)));
                var (error, message) = await RunAsync(
                    new VoterChange(port, v => v.ContainsNode(voter.Id) ? null : v.With(voter), ErrorCode.DuplicateVoter, $"Node {voter.Id} is a voter already."),
                    add.TimeoutMs, add.AckWhenCommitted).ConfigureAwait(false);
                return new AddRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
            case RemoveRaftVoterRequest remove:
                if (IsForeign(remove.ClusterId, clusterId))
                    return new RemoveRaftVoterResponse { ErrorCode = ErrorCode.InconsistentClusterId };
                var key = new ReplicaKey(remove.VoterId, remove.VoterDirectoryId);
                (error, message) = await RunAsync(
                    new VoterChange(port, v => v.Contains(key) ? v.Without(key.Id) : null, ErrorCode.VoterNotFound, $"Node {key.Id} with this directory id is no voter."),
                    TimeoutMsMax, isAwaited: true).ConfigureAwait(false);
                return new RemoveRaftVoterResponse { ErrorCode = error, ErrorMessage = message };
            default:
                throw new ArgumentException($"A {request.GetType().Name} is not for the quorum.", nameof(request));
        }
    }

    private async ValueTask<(ErrorCode Error, string? Message)> RunAsync(VoterChange change, int timeoutMs, bool isAwaited)
    {
        var begun = await change.BeginAsync().ConfigureAwait(false);
        if (begun.Error != ErrorCode.None || !isAwaited)
            return begun;
        using var late = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, 1, TimeoutMsMax)), time);
        return await change.EndAsync(late.Token).ConfigureAwait(false);
    }

    private static bool IsForeign(string? asked, string own) => asked is not null && own.Length > 0 && asked != own;
}
