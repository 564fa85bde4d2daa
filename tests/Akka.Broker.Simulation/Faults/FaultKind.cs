namespace Akka.Broker.Simulation.Faults;

/// <summary>What can go wrong, or is done on purpose, in a run. Each is counted; a long test in which one never happened fails.</summary>
internal enum FaultKind
{
    // ---- Messages ----
    MessageLost,
    MessageDoubled,
    MessageDelayed,

    /// <summary>It was overtaken by one that was sent later on the same way.</summary>
    MessageReordered,

    // ---- Links ----
    NodeCutOff,
    NetworkSplit,
    OneWayCut,
    FlappingLink,

    /// <summary>A leader of partitions was cut off from all brokers, and not from clients, until its lease was over and its place taken.</summary>
    LeaderStranded,

    /// <summary>A cut of any kind that outlasts sessions and leases.</summary>
    LongCut,

    // ---- Processes and machines ----
    ShortPause,
    LongPause,
    Kill,
    CrashOfOne,
    CrashOfMinority,
    CrashOfAll,
    CleanStop,

    /// <summary>The controller is killed, crashed, paused or cut off within milliseconds of being elected.</summary>
    ControllerChased,

    /// <summary>A voter is killed right after it has granted its vote, and starts at once.</summary>
    VoterKilledAfterGrant,

    /// <summary>Three leaders in turn, each with a record that nobody else had: the third has the first one's at a majority and is gone.</summary>
    EpochsInterleaved,
    ClockJump,

    // ---- Disks ----

    /// <summary>A crash took records that were not synced.</summary>
    TailLost,

    /// <summary>A crash left half a batch at a log's end.</summary>
    TornWrite,

    /// <summary>A crashed replica of a topic that syncs each batch came back with all that it had.</summary>
    SyncedLogCrashed,

    /// <summary>A flipped bit in a log was found by the checksum at the next start.</summary>
    BitFlippedOnDisk,

    /// <summary>A flipped bit in what was read for a follower, or for a consumer, was found by the checksum there.</summary>
    BitFlippedInRead,
    DiskWiped,
    VoterWiped,

    /// <summary>A voter lost its disk, and the leader was cut off, while another voter came back that had missed what they had committed.</summary>
    VoterWipedInNeed,
    OldCopyRestored,

    /// <summary>A data folder could neither be read nor written while its node went on with the other.</summary>
    FolderDied,

    /// <summary>The controller took a replica in such a folder out of service.</summary>
    ReplicaTakenOffline,

    /// <summary>That replica was the leader.</summary>
    LeaderTakenOffline,

    /// <summary>A voter's metadata disk came back as it was some time ago.</summary>
    OldVoterCopyRestored,

    /// <summary>The same, and no sooner has a leader said what is committed than that leader is cut off, while those are back that had missed it.</summary>
    OldVoterCopyInNeed,

    /// <summary>Synced records of a voter's metadata log rotted while its machine was down.</summary>
    MetadataRotted,

    /// <summary>The same, of records that one voter had missed, in the moment in which that was back and the leader was cut off.</summary>
    MetadataRottedInNeed,

    // ---- Changes in the middle ----
    MembershipLie,
    VoterAdded,
    VoterRemoved,

    /// <summary>A voter whose disk was wiped votes again, with its new disk.</summary>
    VoterReplaced,
    MoveBegun,
    MoveChanged,
    MoveCancelled,
    MoveCompleted,
    ReplicationFactorChanged,
    TopicDeleted,
    TopicMadeAgain,

    /// <summary>A group's offsets of a deleted topic were let go.</summary>
    OffsetsForgotten,
    SettingAltered,
    UncleanElection,

    // ---- What the product does by itself and must bear anywhere ----
    MetadataSnapshotTaken,
    MetadataSnapshotFetched,
    MetadataSnapshotBegunWith,
    FetchSessionBegun,

    /// <summary>A leader does not know the session of a fetch, or had another turn in mind.</summary>
    FetchSessionRefused,

    /// <summary>A follower was left out of a session, or left it.</summary>
    FetchLeftOut,

    /// <summary>A follower's fetch that waited was answered before its time.</summary>
    FetchHurried,

    /// <summary>A follower was busy, and its answer waited for more records.</summary>
    FetchKeptForMore,
}
