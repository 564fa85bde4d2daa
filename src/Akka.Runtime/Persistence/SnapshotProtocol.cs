using Akka.Actor;

namespace Akka.Persistence;

// Between a persistent actor and its snapshot store; the replies to Save and Delete are in SnapshotReplies.

internal sealed class LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr, int recoveryId)
    : INoSerializationVerificationNeeded
{
    public int RecoveryId { get; } = recoveryId;

    public string PersistenceId { get; } = persistenceId;

    public SnapshotSelectionCriteria Criteria { get; } = criteria;

    public long ToSequenceNr { get; } = toSequenceNr;
}

internal sealed class LoadSnapshotResult(SelectedSnapshot? snapshot, long toSequenceNr, int recoveryId) : RecoveryReply(recoveryId)
{
    public SelectedSnapshot? Snapshot { get; } = snapshot;

    public long ToSequenceNr { get; } = toSequenceNr;
}

internal sealed class LoadSnapshotFailed(Exception cause, int recoveryId) : RecoveryReply(recoveryId)
{
    public Exception Cause { get; } = cause;
}

internal sealed class SaveSnapshot(SnapshotMetadata metadata, object snapshot) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;

    public object Snapshot { get; } = snapshot;
}

internal sealed class DeleteSnapshot(SnapshotMetadata metadata) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;
}

internal sealed class DeleteSnapshots(string persistenceId, SnapshotSelectionCriteria criteria) : INoSerializationVerificationNeeded
{
    public string PersistenceId { get; } = persistenceId;

    public SnapshotSelectionCriteria Criteria { get; } = criteria;
}
