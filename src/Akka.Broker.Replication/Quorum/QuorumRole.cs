namespace Akka.Broker.Replication.Quorum;

public enum QuorumRole
{
    /// <summary>Hears nobody who leads.</summary>
    Unattached,

    /// <summary>Asks whether it would be voted for (pre-vote), in its old epoch.</summary>
    Prospective,

    /// <summary>Asks for votes in an epoch of its own.</summary>
    Candidate,

    /// <summary>Fetches from the leader; a voter or a learner.</summary>
    Follower,

    Leader,
}
