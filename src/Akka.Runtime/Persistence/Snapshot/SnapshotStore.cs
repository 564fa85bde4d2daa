using Akka.Actor;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// The base of snapshot plugins. The plugin's methods are called in the store's own turns and may complete on any thread; results of
/// saving and deleting come back through the store's mailbox, where the plugin sees them before the persistent actor does.
/// </summary>
public abstract class SnapshotStore : ActorBase
{
    private readonly PluginBreaker _breaker;
    private readonly TimeProvider _time = TimeProvider.System;

    protected SnapshotStore() =>
        _breaker = new PluginBreaker(Self.Path.Name, PersistenceExtension.SnapshotStoreConfig(Context.System, Self.Path.Name));

    /// <summary>The newest snapshot that fits, null for none.</summary>
    protected abstract Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    protected abstract Task SaveAsync(SnapshotMetadata metadata, object snapshot);

    /// <summary>Deletes one; a metadata without time means that of its sequence number, whenever it was taken.</summary>
    protected abstract Task DeleteAsync(SnapshotMetadata metadata);

    protected abstract Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    protected sealed override bool Receive(object message)
    {
        var (self, sender) = (Self, Sender);
        switch (message)
        {
            case LoadSnapshot load:
                _ = LoadAsync(load, sender);
                return true;
            case SaveSnapshot save:
                var metadata = save.Metadata.Timestamp == DateTime.MinValue
                    ? new SnapshotMetadata(save.Metadata.PersistenceId, save.Metadata.SequenceNr, _time.GetUtcNow().UtcDateTime)
                    : save.Metadata;
                _ = AnswerAsync(
                    () => SaveAsync(metadata, save.Snapshot), self, sender, new SaveSnapshotSuccess(metadata), e => new SaveSnapshotFailure(metadata, e));
                return true;
            case DeleteSnapshot delete:
                _ = AnswerAsync(
                    () => DeleteAsync(delete.Metadata),
                    self,
                    sender,
                    new DeleteSnapshotSuccess(delete.Metadata),
                    e => new DeleteSnapshotFailure(delete.Metadata, e));
                return true;
            case DeleteSnapshots delete:
                _ = AnswerAsync(
                    () => DeleteAsync(delete.PersistenceId, delete.Criteria),
                    self,
                    sender,
                    new DeleteSnapshotsSuccess(delete.Criteria),
                    e => new DeleteSnapshotsFailure(delete.Criteria, e));
                return true;
            case SaveSnapshotFailure failure:
                PassOn(failure);
                // Whatever the failed save left behind must not be taken for a snapshot.
                _ = DropAsync(failure.Metadata);
                return true;
            case SaveSnapshotSuccess or DeleteSnapshotSuccess or DeleteSnapshotFailure or DeleteSnapshotsSuccess or DeleteSnapshotsFailure:
                PassOn(message);
                return true;
            default:
                return ReceivePluginInternal(message);
        }
    }

    /// <summary>Messages of the plugin's own, and the results of its saving and deleting.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    private void PassOn(object result)
    {
        try
        {
            ReceivePluginInternal(result);
        }
        finally
        {
            Sender.Tell(result, Self);
        }
    }

    private async Task LoadAsync(LoadSnapshot load, IActorRef replyTo)
    {
        try
        {
            SelectedSnapshot? found = null;
            if (!load.Criteria.Equals(SnapshotSelectionCriteria.None))
            {
                found = await _breaker.Call(load, item => LoadAsync(item.PersistenceId, item.Criteria.Limit(item.ToSequenceNr))).ConfigureAwait(false);
            }

            replyTo.Tell(new LoadSnapshotResult(found, load.ToSequenceNr, load.RecoveryId), ActorRefs.NoSender!);
        }
        catch (Exception e)
        {
            replyTo.Tell(new LoadSnapshotFailed(PluginBreaker.Unwrap(e), load.RecoveryId), ActorRefs.NoSender!);
        }
    }

    private async Task AnswerAsync(Func<Task> work, IActorRef self, IActorRef replyTo, object success, Func<Exception, object> failure)
    {
        object result;
        try
        {
            await _breaker.Call(work, static item => item()).ConfigureAwait(false);
            result = success;
        }
        catch (Exception e)
        {
            result = failure(PluginBreaker.Unwrap(e));
        }

        self.Tell(result, replyTo);
    }

    private async Task DropAsync(SnapshotMetadata metadata)
    {
        try
        {
            await _breaker.Call(metadata, DeleteAsync).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The failed save was answered already; a store that cannot delete either has nothing to add.
        }
    }
}
