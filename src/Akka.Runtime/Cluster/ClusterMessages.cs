using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>What nodes tell each other; <c>ClusterMessageSerializer</c> knows each.</summary>
public interface IClusterMessage;

/// <summary>To a seed node: are you in a cluster?</summary>
internal sealed record InitJoin(UniqueAddress From) : IClusterMessage;

/// <summary>Yes: join me.</summary>
internal sealed record InitJoinAck(UniqueAddress From) : IClusterMessage;

/// <summary>No, or not for long any more.</summary>
internal sealed record InitJoinNack(UniqueAddress From) : IClusterMessage;

/// <summary>Asks a member to be let in.</summary>
internal sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles) : IClusterMessage;

/// <summary>The answer to a <see cref="Join"/>: the cluster, with the joiner in it.</summary>
internal sealed record Welcome(UniqueAddress From, Gossip Gossip) : IClusterMessage;

/// <param name="From">Who gossips.</param>
/// <param name="To">For which incarnation it is meant.</param>
/// <param name="Gossip">Its view.</param>
/// <param name="ArrivedAt">When it came in by the scheduler's monotonic clock; not sent.</param>
internal sealed record GossipEnvelope(UniqueAddress From, UniqueAddress To, Gossip Gossip, TimeSpan? ArrivedAt = null) : IClusterMessage;

/// <summary>Instead of a gossip, to one who is thought to have the same version.</summary>
internal sealed record GossipStatus(UniqueAddress From, UniqueAddress To, GossipDigest Digest) : IClusterMessage;

/// <summary>From a node that leaves or was downed: nothing of it runs any more, it may be removed.</summary>
internal sealed record ExitingConfirmed(UniqueAddress Node) : IClusterMessage;

internal sealed record Heartbeat(UniqueAddress From, UniqueAddress To, long Sequence) : IClusterMessage;

/// <param name="From">Who answers.</param>
/// <param name="Meant">For whom the heartbeat was meant: another incarnation at the address is gone.</param>
/// <param name="Sequence">Of the heartbeat.</param>
internal sealed record HeartbeatResponse(UniqueAddress From, UniqueAddress Meant, long Sequence) : IClusterMessage;
