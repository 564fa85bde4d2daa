using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replicas;

/// <summary>A leader of this node asks the controller for another ISR. Answered, sooner or later, with <see cref="IsrAnswered"/>.</summary>
public sealed record ProposeIsr(TopicIdPartition Partition, IsrProposal Proposal);

/// <summary>What became of a <see cref="ProposeIsr"/>.</summary>
public sealed record IsrAnswered(IsrProposal Proposal, IsrAnswer Answer);
