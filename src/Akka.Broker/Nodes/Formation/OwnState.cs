using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Formation;

/// <summary>What a node knows from its own disk about the cluster that it belongs to.</summary>
/// <param name="Key">Its id and that of the folder with the metadata log.</param>
/// <param name="ClusterId">Null until the node has met a cluster.</param>
/// <param name="InterBrokerListener">The name of the listener by which brokers reach each other, the same on every node.</param>
/// <param name="Voters">The newest in its copy of the metadata log; empty: it has none of the log.</param>
public sealed record OwnState(ReplicaKey Key, string? ClusterId, string InterBrokerListener, VoterSet Voters)
{
    /// <summary>What its build can read of the metadata.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;

    public bool HasMetadata => !Voters.IsEmpty;
}
