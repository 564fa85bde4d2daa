using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>This node leads the metadata log: to the controller's guardian, whose controller may decide from now on. Never sent to another node.</summary>
public sealed record EpochWon(int Epoch);

/// <summary>The epoch is over: what its controller has not been told as written is unknown.</summary>
public sealed record EpochLost(int Epoch, string Reason);

/// <summary>To the controller's guardian: what is committed cannot be applied by this node, so no controller may begin from it.</summary>
public sealed record MetadataUnreadable(string Reason);

/// <summary>To the quorum's actor: the controller of this epoch cannot go on, so another node, or another start, shall.</summary>
public sealed record ResignEpoch(int Epoch, string Reason);

/// <summary>To the quorum's actor: another node's inter-broker listener, as somebody has learned of it.</summary>
public sealed record PeerKnown(int NodeId, BrokerAddress Address);

/// <summary>To the quorum's actor: this node's broker is registered, and its fetches are its heartbeat from now on.</summary>
public sealed record BrokerEpochKnown(long BrokerEpoch);

/// <summary>What this node knows of the quorum. Immutable; <see cref="QuorumPort.Status"/> is the newest.</summary>
/// <param name="Role">This node's.</param>
/// <param name="Epoch">The newest seen.</param>
/// <param name="LeaderId">-1: nobody that is heard.</param>
/// <param name="Leader">Where the leader is reached; null if it is not known.</param>
/// <param name="Voters">The newest in the log.</param>
/// <param name="HighWatermark">Everything before it is committed.</param>
/// <param name="LogStartOffset">Of this node's log.</param>
/// <param name="LogEndOffset">Of this node's log.</param>
/// <param name="MayDecide">This node leads, and the epoch's first record is committed.</param>
public sealed record QuorumStatus(
    QuorumRole Role, int Epoch, int LeaderId, BrokerAddress? Leader, VoterSet Voters, long HighWatermark, long LogStartOffset, long LogEndOffset,
    bool MayDecide)
{
    public static readonly QuorumStatus Unknown = new(QuorumRole.Unattached, 0, -1, null, VoterSet.Empty, 0, 0, 0, false);
}

/// <summary>What the leader tells of a replica that fetches.</summary>
public sealed record ReplicaStatus(ReplicaKey Key, long LogEndOffset, long LastFetchMsAgo, long CaughtUpMsAgo);

/// <summary>The leader's view, for DescribeQuorum; null replicas from any other node.</summary>
internal sealed record QuorumDescription(QuorumStatus Status, ReplicaKey Self, IReadOnlyList<ReplicaStatus>? Replicas, IReadOnlyDictionary<int, BrokerAddress> Addresses);

internal sealed record IncomingQuery(QuorumQuery Query, TaskCompletionSource<QuorumReply> Answer);

internal sealed record AppendDecision(ReadOnlyMemory<byte> Batch, TaskCompletionSource Written);

internal sealed record DescribeCommand(TaskCompletionSource<QuorumDescription> Answer);

internal sealed record ConfirmCommand(TaskCompletionSource<bool> Answer);

internal sealed record ChangeVotersCommand(Func<VoterSet, VoterSet?> Change, TaskCompletionSource<VoterRefusal?> Answer);

/// <summary>Why a set of voters is not changed: Kafka's code and a line for humans.</summary>
public sealed record VoterRefusal(ErrorCode Error, string Message)
{
    /// <summary>Asking again later may help.</summary>
    public static VoterRefusal NotNow(string why) => new(ErrorCode.RequestTimedOut, why);
}

internal sealed record LogEndCommand(TaskCompletionSource<long> Answer);

/// <summary>The part of the log before the offset is damaged: a snapshot shall stand for it. Answered null when that part is gone, else with why it is not.</summary>
internal sealed record ForgetCommand(long EndOffset, TaskCompletionSource<string?> Answer);

/// <summary>From the log: what is at the offset, or the snapshot that ends there, cannot be read.</summary>
internal sealed record LogUnreadable(QuorumLog Of, long Offset, Exception Cause);

/// <summary>To the loader: a snapshot is wanted now, of all before the offset at least.</summary>
internal sealed record WantSnapshot(long EndOffset);

/// <summary>From the loader: it has applied no more than what lies before the offset.</summary>
internal sealed record NotAppliedYet(long AppliedEnd);

internal sealed record SnapshotDue(MetadataImage Image);

/// <summary>From the loader: whoever asks this node's cache sees all the metadata before the offset.</summary>
internal sealed record MetadataShown(long EndOffset);
