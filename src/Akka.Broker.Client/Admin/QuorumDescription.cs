namespace Akka.Broker.Client.Admin;

/// <summary>The metadata quorum.</summary>
/// <param name="LeaderId">The controller.</param>
/// <param name="LeaderEpoch">Rises with each controller.</param>
/// <param name="HighWatermark">Metadata before it are committed.</param>
/// <param name="Voters">Who takes part in decisions.</param>
/// <param name="Observers">Who follows without a vote.</param>
/// <param name="Nodes">The voters' addresses, as far as told.</param>
public sealed record QuorumDescription(
    int LeaderId,
    int LeaderEpoch,
    long HighWatermark,
    IReadOnlyList<QuorumReplica> Voters,
    IReadOnlyList<QuorumReplica> Observers,
    IReadOnlyDictionary<int, IReadOnlyList<RaftVoterEndpoint>> Nodes);

/// <summary>A replica of the metadata log; times by the controller's clock.</summary>
/// <param name="ReplicaId">The node.</param>
/// <param name="DirectoryId">The disk that it has its log on; empty: not told.</param>
/// <param name="LogEndOffset">-1: the controller does not know it.</param>
/// <param name="LastFetch">When it last asked; null: it is the controller itself, or it never did.</param>
/// <param name="LastCaughtUp">When it last had everything.</param>
public sealed record QuorumReplica(int ReplicaId, Guid DirectoryId, long LogEndOffset, DateTimeOffset? LastFetch, DateTimeOffset? LastCaughtUp);

/// <summary>Where other voters reach a voter.</summary>
public sealed record RaftVoterEndpoint(string Listener, string Host, int Port);
