namespace Akka.Broker.Replication.Partitions;

/// <summary>What follows from an event for who carries a <see cref="LeaderState"/>.</summary>
/// <param name="WatermarkRose">Publish it, and acknowledge what it has passed.</param>
/// <param name="Proposal">Send it to the controller and hand the answer to <see cref="LeaderState.OnProposalAnswered"/>; null: nothing to send.</param>
public readonly record struct LeaderEffects(bool WatermarkRose, IsrProposal? Proposal);
