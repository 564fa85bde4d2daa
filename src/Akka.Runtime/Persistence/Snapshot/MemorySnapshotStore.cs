namespace Akka.Persistence.Snapshot;

/// <summary>Snapshots in memory, of one actor system: <c>akka.persistence.snapshot-store.inmem</c>.</summary>
public class MemorySnapshotStore : SnapshotStore
{
    private readonly List<SelectedSnapshot> _snapshots = [];

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_snapshots)
        {
            return Task.FromResult(_snapshots
                .Where(item => item.Metadata.PersistenceId == persistenceId && criteria.Matches(item.Metadata))
                .MaxBy(item => item.Metadata.SequenceNr)!);
        }
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(item => item.Metadata.PersistenceId == metadata.PersistenceId && item.Metadata.SequenceNr == metadata.SequenceNr);
            _snapshots.Add(new SelectedSnapshot(metadata, snapshot));
            return Task.CompletedTask;
        }
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(item => item.Metadata.PersistenceId == metadata.PersistenceId && item.Metadata.SequenceNr == metadata.SequenceNr
                && (metadata.Timestamp == DateTime.MinValue || metadata.Timestamp == item.Metadata.Timestamp));
            return Task.CompletedTask;
        }
    }

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(item => item.Metadata.PersistenceId == persistenceId && criteria.Matches(item.Metadata));
            return Task.CompletedTask;
        }
    }
}
