using Akka.Broker.Partitions;
using Akka.Broker.Storage;
using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace Akka.Broker.Journals;

/// <summary>
/// Snapshot plugin <c>akka.persistence.snapshot-store.segment</c>: a partition's snapshot is what its log knows at its end, producers included, which the
/// log itself keeps over restarts (<c>.snapshot</c> files and the headers behind them). Loading it takes the log over, so that nothing which an
/// earlier leader has queued can land behind what is recovered here.
/// </summary>
public sealed class SegmentSnapshotStore : SnapshotStore
{
    private readonly BrokerStorage _storage = BrokerStorage.Get(Context.System);

    /// <exception cref="LogFailedException">The log is offline.</exception>
    protected override async Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        if (criteria.Equals(SnapshotSelectionCriteria.None) || _storage.Find(persistenceId) is not { } log)
            return null!;
        var token = log.TakeOver();
        var state = await log.CaptureAsync(token).ConfigureAwait(false);
        return new SelectedSnapshot(new SnapshotMetadata(persistenceId, state.LogEndOffset), new RecoveredLog(log, token, state));
    }

    /// <summary>The log keeps its state by itself; saving makes sure that all before is on the disk.</summary>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) =>
        _storage.Find(metadata.PersistenceId)?.FlushAsync() ?? Task.CompletedTask;

    /// <summary>The log deletes its own.</summary>
    protected override Task DeleteAsync(SnapshotMetadata metadata) => Task.CompletedTask;

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Task.CompletedTask;
}
