namespace Akka.Broker.Simulation.Faults;

/// <summary>
/// Known-bad behaviours that a test plants to see that the simulator finds them. They live in the simulator's carriers, around the real machines: what goes
/// into a machine or comes out of it is bent. No product code knows of them.
/// </summary>
internal enum Mutation
{
    None,

    /// <summary>An acks=all append is acknowledged when the leader alone has it.</summary>
    AcknowledgeBeforeIsr,

    /// <summary>A leader does not tell its followers that their logs part from its own.</summary>
    SkipTruncation,

    /// <summary>A follower cuts its log to its watermark instead of to where the epochs part (what KIP-101 put an end to).</summary>
    TruncateToWatermark,

    /// <summary>A voter takes a candidate's log for complete, whatever it says.</summary>
    VoteWithStaleLog,

    /// <summary>A voter votes for everybody who asks.</summary>
    GrantTwoVotes,

    /// <summary>A leader takes a follower that has fetched for one that has everything.</summary>
    IsrExpandWithoutCatchUp,

    /// <summary>A leader goes by the ISR that it asked for before the controller has committed it.</summary>
    WatermarkByShrunkIsr,

    /// <summary>Where nobody in sync is there, the controller makes any live replica leader, for every topic.</summary>
    UncleanElection,

    /// <summary>Requests and fetches of a broker's earlier start are honoured.</summary>
    AcceptStaleBrokerEpoch,

    /// <summary>Every start says that the last stop was clean.</summary>
    ClaimCleanStop,

    /// <summary>Eligible leader replicas are not kept: an ISR that has shrunk below the minimum counts as if it had not.</summary>
    ForgetEligibleReplicas,

    /// <summary>A node's metadata applies a committed batch twice now and then.</summary>
    ApplyTwice,

    /// <summary>A batch that an idempotent producer sends again is appended again.</summary>
    AppendDuplicates,

    /// <summary>The coordinator answers before its records are below the watermark.</summary>
    AnswerBeforeCommitted,

    /// <summary>Consumers are given what is above the watermark.</summary>
    ReadAboveWatermark,

    /// <summary>A batch is acknowledged to be synced and is not.</summary>
    SkipSync,

    /// <summary>A voter forgets in a restart whom it has voted for.</summary>
    GrantNotPersisted,

    /// <summary>A leader of the metadata takes records of earlier epochs for committed when a majority has them, before one of its own is (what Raft's §5.4.2 forbids).</summary>
    CommitEarlierEpochs,

    /// <summary>A voter goes by its log alone, though a leader has told of committed records that it may have lost.</summary>
    VoteByOldCopy,

    /// <summary>A voter forgets in a restart what its log must reach.</summary>
    ForgetWhatIsOwed,

    /// <summary>A voter whose metadata log has rotted goes by what is left of it.</summary>
    RotNotOwed,

    /// <summary>A wiped disk votes as the voter that it was.</summary>
    KeepWipedDirectoryId,

    /// <summary>A snapshot of the metadata leaves out who is eligible to lead.</summary>
    SnapshotForgets,

    /// <summary>The controller takes replicas away before those that come in their place are in sync.</summary>
    CompleteMoveEarly,

    /// <summary>A leader takes records however long it has not heard of the controller.</summary>
    ProduceWithoutLease,

    /// <summary>A fetcher goes on in a session though an answer was lost, and its leader does not look at the turn.</summary>
    SessionOutlivesLoss,

    /// <summary>A replica that its broker has lost to a disk stays in the ISR, and leads on.</summary>
    OfflineStaysInSync,

    /// <summary>A broker tells nobody which replicas it has lost to a disk.</summary>
    OfflineNotReported,

    /// <summary>Where a topic is deleted, a group's offsets of all topics go.</summary>
    ForgetTooMuch,

    /// <summary>A group takes offsets of an earlier generation.</summary>
    CommitInOldGeneration,
}
