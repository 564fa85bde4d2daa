using Akka.Broker.Protocol;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>One change of voters that somebody asks for, on the controller's node. One caller at a time, any thread.</summary>
/// <param name="port">To the quorum.</param>
/// <param name="change">Given the newest set, the next one; null: there is nothing to change.</param>
/// <param name="without">What it is called that there is nothing to change.</param>
/// <param name="why">And why.</param>
internal sealed class VoterChange(QuorumPort port, Func<VoterSet, VoterSet?> change, ErrorCode without, string why)
{
    private VoterSet? _next;
    private int _epoch;

    public static Voter VoterOf(int id, Guid directoryId, IEnumerable<VoterEndpoint> endpoints) => new(new ReplicaKey(id, directoryId), [.. endpoints]);

    /// <summary>Has it appended.</summary>
    public async ValueTask<(ErrorCode Error, string? Message)> BeginAsync()
    {
        var status = port.Status;
        if (!status.MayDecide)
            return (ErrorCode.NotLeaderOrFollower, "This node is not the controller: ask the node that DescribeQuorum names as leader.");
        _epoch = status.Epoch;
        var refusal = await port.ChangeVotersAsync(voters => _next = change(voters)).ConfigureAwait(false);
        if (refusal is not null)
            return (refusal.Error, refusal.Message);
        return _next is null ? (without, why) : (ErrorCode.None, null);
    }

    /// <summary>Waits until a majority has it. A controller that takes itself its vote ends with the commit, and says so all the same.</summary>
    public async ValueTask<(ErrorCode Error, string? Message)> EndAsync(CancellationToken late)
    {
        try
        {
            var appended = await port.WaitForAsync(s => s.Epoch != _epoch || s.Voters.Equals(_next), late).ConfigureAwait(false);
            var end = appended.LogEndOffset;
            var ended = await port.WaitForAsync(s => s.Epoch != _epoch || s.HighWatermark >= end || !s.MayDecide, late).ConfigureAwait(false);
            return appended.Epoch == _epoch && ended.Epoch == _epoch && ended.HighWatermark >= end
                ? (ErrorCode.None, null)
                : (ErrorCode.NotLeaderOrFollower, "The controller has changed: whether its change of voters comes to pass, DescribeQuorum shows.");
        }
        catch (OperationCanceledException)
        {
            return (ErrorCode.RequestTimedOut, "The change of voters is not committed yet; it may still be: DescribeQuorum shows it.");
        }
    }
}
