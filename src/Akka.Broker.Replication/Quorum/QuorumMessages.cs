using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// What replicas of the metadata log say to each other; over the wire it is Kafka's request or response of the same name. A reply carries the id of its
/// query; one that nobody waits for any more is ignored, so messages may be lost, doubled, late and out of order.
/// </summary>
public abstract record QuorumMessage(int From, int To, long Id);

/// <summary>Asks for something.</summary>
public abstract record QuorumQuery(int From, int To, long Id, int Epoch) : QuorumMessage(From, To, Id);

/// <summary>Answers a query, and says what its sender knows: its epoch, and who leads in that (-1: nobody that it hears).</summary>
public abstract record QuorumReply(int From, int To, long Id, ErrorCode Error, int Epoch, int LeaderId) : QuorumMessage(From, To, Id);

/// <summary>
/// Asks for a vote in <c>Epoch</c>; as a pre-vote (KIP-996), whether there would be one in the next. <c>Voter</c> is who is asked: another disk refuses.
/// </summary>
public sealed record VoteQuery(int From, int To, long Id, int Epoch, ReplicaKey Candidate, ReplicaKey Voter, LogPosition LogEnd, bool IsPreVote)
    : QuorumQuery(From, To, Id, Epoch);

public sealed record VoteReply(int From, int To, long Id, ErrorCode Error, int Epoch, int LeaderId, bool IsGranted)
    : QuorumReply(From, To, Id, Error, Epoch, LeaderId);

/// <summary>"I lead in this epoch", until the voter fetches.</summary>
public sealed record BeginEpochQuery(int From, int To, long Id, int Epoch, ReplicaKey Voter) : QuorumQuery(From, To, Id, Epoch);

public sealed record BeginEpochReply(int From, int To, long Id, ErrorCode Error, int Epoch, int LeaderId)
    : QuorumReply(From, To, Id, Error, Epoch, LeaderId);

/// <summary>"I lead no more." <c>Successors</c> should claim in their order: the most complete logs first.</summary>
public sealed record EndEpochQuery(int From, int To, long Id, int Epoch, ImmutableArray<int> Successors) : QuorumQuery(From, To, Id, Epoch);

public sealed record EndEpochReply(int From, int To, long Id, ErrorCode Error, int Epoch, int LeaderId)
    : QuorumReply(From, To, Id, Error, Epoch, LeaderId);

/// <summary>
/// Asks for what follows <c>LogEnd</c>, the end of the sender's log, all of which is on its disk. The leader holds it open, for <c>MaxWaitMs</c> at most, while
/// it has neither more records nor a higher watermark than the sender knows. <c>BrokerEpoch</c> (-1 before the registration) makes it the broker's heartbeat.
/// </summary>
public sealed record FetchQuery(
    int From, int To, long Id, int Epoch, ReplicaKey Replica, long BrokerEpoch, LogPosition LogEnd, long HighWatermark, int MaxWaitMs)
    : QuorumQuery(From, To, Id, Epoch);

/// <summary>
/// Whole batches from the position that was asked for on; or <c>Diverging</c>, where the logs part: what the leader has of the asker's last epoch ends there;
/// or <c>SnapshotId</c>: what was asked for is gone, and this snapshot stands for it. <c>HighWatermark</c> is -1 until a record of the leader's own epoch is
/// committed, so it always lies behind one.
/// </summary>
public sealed record FetchReply(
    int From,
    int To,
    long Id,
    ErrorCode Error,
    int Epoch,
    int LeaderId,
    long HighWatermark,
    ReadOnlyMemory<byte> Records,
    LogPosition? Diverging = null,
    LogPosition? SnapshotId = null)
    : QuorumReply(From, To, Id, Error, Epoch, LeaderId);

/// <summary>Asks for a part of a snapshot file.</summary>
public sealed record SnapshotQuery(int From, int To, long Id, int Epoch, ReplicaKey Replica, LogPosition SnapshotId, long Position, int MaxBytes)
    : QuorumQuery(From, To, Id, Epoch);

public sealed record SnapshotReply(
    int From, int To, long Id, ErrorCode Error, int Epoch, int LeaderId, LogPosition SnapshotId, long FileSize, long Position, ReadOnlyMemory<byte> Bytes)
    : QuorumReply(From, To, Id, Error, Epoch, LeaderId);
