namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// What a replica must not forget: the newest epoch that it has seen and, in it, whom it voted for. Written and synced before anything is sent that
/// follows from it. The leader is kept for convenience: a start asks it first.
/// </summary>
/// <param name="Epoch">The newest seen.</param>
/// <param name="VotedFor">Null: nobody in this epoch.</param>
/// <param name="LeaderId">-1: not known.</param>
/// <param name="Owed">How far the log must reach before it stands for itself in an election (<see cref="QuorumMachine.Owed"/>); null: it does.</param>
public sealed record ElectionState(int Epoch, ReplicaKey? VotedFor, int LeaderId, LogPosition? Owed = null)
{
    public static readonly ElectionState Initial = new(0, null, -1);
}
