using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace Akka.Broker.Journals;

/// <summary>
/// Snapshot plugin <c>akka.persistence.snapshot-store.quorum</c>: what this node has applied of the committed metadata log, which its loader keeps as it follows
/// the log, from the log's own snapshots on. A controller begins with that and recovers only what follows.
/// </summary>
public sealed class QuorumSnapshotStore : SnapshotStore
{
    private readonly BrokerStorage _storage = BrokerStorage.Get(Context.System);

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        var image = _storage.Quorum.Committed;
        return Task.FromResult(criteria.Equals(SnapshotSelectionCriteria.None) || image.Offset < 0
            ? null!
            : new SelectedSnapshot(new SnapshotMetadata(persistenceId, image.Offset + 1), image));
    }

    /// <summary>The log's snapshots are written by the loader of each node.</summary>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) => Task.CompletedTask;

    /// <summary>As they are deleted.</summary>
    protected override Task DeleteAsync(SnapshotMetadata metadata) => Task.CompletedTask;

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Task.CompletedTask;
}
