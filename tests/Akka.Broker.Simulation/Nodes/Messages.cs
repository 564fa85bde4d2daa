using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Simulation.Nodes;

// What goes between nodes besides the quorum's own messages.

/// <summary>A follower node's fetch of all partitions that it follows from one leader, over one of its connections. Answered by a FetchResponse.</summary>
internal sealed record FetchFromLeader(long Connection, FetchRequest Request);

/// <summary>A leader's change of an ISR, for the controller.</summary>
internal sealed record AlterIsr(int Broker, long BrokerEpoch, TopicIdPartition Partition, IsrProposal Proposal);

// What clients ask a node.

internal sealed record AskMetadata;

internal sealed record Metadata(MetadataImage Image);

/// <summary>One batch for a partition.</summary>
internal sealed record Produce(TopicIdPartition Partition, int LeaderEpoch, byte[] Batch, short Acks);

/// <summary>The answer. <c>LeaderEpoch</c> and <c>MinInSyncReplicas</c> are the leader's own view at that moment; no real client is told, the checkers are.</summary>
internal sealed record Produced(ErrorCode Error, long BaseOffset, int LeaderEpoch, int MinInSyncReplicas);

internal sealed record Consume(TopicIdPartition Partition, int LeaderEpoch, long Offset);

internal sealed record Consumed(ErrorCode Error, int LeaderEpoch, long HighWatermark, byte[] Records)
{
    public static Consumed Refused(ErrorCode error) => new(error, -1, -1, []);
}

internal sealed record AskGroup(string GroupId, GroupCommand Command);

/// <summary>A request of the protocol that the controller decides; any node takes it and hands it on.</summary>
internal sealed record AskController(IRequestBox Request);

/// <summary>What the controller is asked: how it decides, and what is answered where it cannot be asked.</summary>
internal interface IRequestBox
{
    string Name { get; }
}
