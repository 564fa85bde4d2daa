using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Partitions;

/// <summary>A replica's broker under the epoch by which the leader knows it: a broker that has restarted since is another (KIP-903).</summary>
public readonly record struct ReplicaEpoch(int Broker, long Epoch);

/// <summary>A change of the ISR that a leader asks the controller for: an entry of AlterPartition.</summary>
/// <param name="LeaderEpoch">Of the asking leader.</param>
/// <param name="PartitionEpoch">Of the metadata that the change is based on; the controller refuses it if there is a newer one.</param>
/// <param name="InSync">The whole ISR as it is to be, the leader among it.</param>
/// <param name="Why">For the log.</param>
/// <param name="Attempt">
/// The how many-th time it is sent, from 1. A refusal of an older attempt than the newest says nothing: the newest may be accepted yet. One of the newest is final, since what
/// goes from a node to the controller arrives in order and once at most.
/// </param>
public sealed record IsrProposal(int LeaderEpoch, int PartitionEpoch, ImmutableArray<ReplicaEpoch> InSync, string Why, int Attempt)
{
    public override string ToString() => $"ISR [{string.Join(", ", InSync.Select(r => r.Broker))}] at leader epoch {LeaderEpoch}, partition epoch {PartitionEpoch}: {Why}";
}

/// <summary>What the controller has answered: with <see cref="ErrorCode.None"/> the partition as it is committed now.</summary>
public sealed record IsrAnswer(ErrorCode Error, int LeaderEpoch, int PartitionEpoch, ImmutableArray<int> InSync)
{
    /// <summary>Refused, or, for an error that may pass, not heard.</summary>
    public static IsrAnswer Refused(ErrorCode error) => new(error, -1, -1, []);
}
