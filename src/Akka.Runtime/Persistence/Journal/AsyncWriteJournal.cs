using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>
/// The base of journal plugins. The plugin's methods are called in the journal's own turns, except that replay starts where reading the
/// highest sequence number ended; they may complete on any thread and in any order. A persistent actor has one write in flight, so the
/// replies to it keep their order without waiting for the writes of others.
/// A call that takes longer than <c>circuit-breaker.call-timeout</c> counts as failed for the actor, and can still be carried out.
/// </summary>
public abstract class AsyncWriteJournal : WriteJournalBase, IAsyncRecovery
{
    private readonly PluginBreaker _breaker;
    private readonly ReplayFilterSettings _replayFilter;
    private readonly ILoggingAdapter _log = Context.System.Log;
    private readonly Func<AtomicWrite[], Task<IImmutableList<Exception>>> _write;

    protected AsyncWriteJournal()
    {
        var config = PersistenceExtension.JournalConfig(Context.System, Self.Path.Name);
        _breaker = new PluginBreaker(Self.Path.Name, config);
        _replayFilter = ReplayFilterSettings.From(config);
        _write = WriteMessagesAsync;
    }

    /// <summary>Gives each event of the range, rising and at most <paramref name="max"/>, to the callback.</summary>
    public abstract Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback);

    /// <summary>The highest sequence number ever used, also if its event is deleted; 0 for none.</summary>
    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    /// <summary>
    /// Stores writes, each whole or not at all. The answer is null when all are stored, else for each write null or why it is rejected.
    /// A failed task means that nothing is known of any of them.
    /// </summary>
    protected abstract Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages);

    protected abstract Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr);

    protected sealed override bool Receive(object message) => ReceiveWriteJournal(message) || ReceivePluginInternal(message);

    /// <summary>Messages of the plugin's own.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    protected bool ReceiveWriteJournal(object message)
    {
        switch (message)
        {
            case WriteMessages write:
                Write(write);
                return true;
            case ReplayMessages replay:
                _ = ReplayAsync(replay, Context);
                return true;
            case DeleteMessagesTo delete:
                _ = DeleteAsync(delete, Self);
                return true;
            default:
                return false;
        }
    }

    private void Write(WriteMessages write)
    {
        var batch = (AtomicWrite[])PreparePersistentBatch(write.Messages);
        if (batch.Length == 0)
        {
            ReplyWritten(write, batch.Length, null, Self);
            return;
        }

        var task = _breaker.Call(batch, _write);
        if (task.IsCompletedSuccessfully)
        {
            ReplyWritten(write, batch.Length, task.Result, Self);
        }
        else
        {
            _ = AwaitWriteAsync(write, batch.Length, task, Self);
        }
    }

    private static async Task AwaitWriteAsync(WriteMessages write, int writes, Task<IImmutableList<Exception>> task, IActorRef self)
    {
        IImmutableList<Exception> results;
        try
        {
            results = await task.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ReplyFailed(write, e, self);
            return;
        }

        ReplyWritten(write, writes, results, self);
    }

    private static void ReplyWritten(WriteMessages write, int writes, IImmutableList<Exception>? results, IActorRef self)
    {
        if (results is { Count: > 0 } && results.Count != writes)
        {
            ReplyFailed(
                write,
                new InvalidOperationException($"WriteMessagesAsync must answer a result for each of {writes} writes or none at all, but answered {results.Count}"),
                self);
            return;
        }

        var (actor, instance) = (write.PersistentActor, write.ActorInstanceId);
        actor.Tell(new WriteMessagesSuccessful(instance), self);
        var at = 0;
        foreach (var envelope in write.Messages)
        {
            if (envelope is not AtomicWrite atomic)
            {
                actor.Tell(new LoopMessageSuccess(envelope.Payload, instance), envelope.Sender);
                continue;
            }

            var cause = results is { Count: > 0 } ? results[at] : null;
            at++;
            if (cause is null && atomic.Size == 1)
            {
                actor.Tell(new WriteMessageSuccess(atomic.First, instance), atomic.First.Sender);
                continue;
            }

            foreach (var persistent in atomic.Events)
            {
                actor.Tell(
                    cause is null ? new WriteMessageSuccess(persistent, instance) : new WriteMessageRejected(persistent, cause, instance),
                    persistent.Sender);
            }
        }
    }

    private static void ReplyFailed(WriteMessages write, Exception cause, IActorRef self)
    {
        var (actor, instance) = (write.PersistentActor, write.ActorInstanceId);
        cause = PluginBreaker.Unwrap(cause);
        actor.Tell(new WriteMessagesFailed(instance), self);
        foreach (var envelope in write.Messages)
        {
            if (envelope is AtomicWrite atomic)
            {
                foreach (var persistent in atomic.Events)
                {
                    actor.Tell(new WriteMessageFailure(persistent, cause, instance), persistent.Sender);
                }
            }
            else
            {
                actor.Tell(new LoopMessageSuccess(envelope.Payload, instance), envelope.Sender);
            }
        }
    }

    private async Task ReplayAsync(ReplayMessages replay, IActorContext context)
    {
        var actor = replay.PersistentActor;
        try
        {
            var highest = await _breaker
                .Call(
                    (Journal: this, replay.PersistenceId, From: Math.Max(0, replay.FromSequenceNr - 1)),
                    static s => s.Journal.ReadHighestSequenceNrAsync(s.PersistenceId, s.From))
                .ConfigureAwait(false);
            var to = Math.Min(replay.ToSequenceNr, highest);
            if (to > 0 && replay.FromSequenceNr <= to && replay.Max > 0)
            {
                var filter = new ReplayFilter(_replayFilter, replay, _log);
                await ReplayMessagesAsync(context, replay.PersistenceId, replay.FromSequenceNr, to, replay.Max, filter.Add).ConfigureAwait(false);
                filter.Flush();
            }

            actor.Tell(new RecoverySuccess(highest, replay.RecoveryId), ActorRefs.NoSender!);
        }
        catch (Exception e)
        {
            actor.Tell(new ReplayMessagesFailure(PluginBreaker.Unwrap(e), replay.RecoveryId), ActorRefs.NoSender!);
        }
    }

    private async Task DeleteAsync(DeleteMessagesTo delete, IActorRef self)
    {
        try
        {
            await _breaker
                .Call(
                    (Journal: this, delete.PersistenceId, delete.ToSequenceNr),
                    static s => s.Journal.DeleteMessagesToAsync(s.PersistenceId, s.ToSequenceNr))
                .ConfigureAwait(false);
            delete.PersistentActor.Tell(new DeleteMessagesSuccess(delete.ToSequenceNr), self);
        }
        catch (Exception e)
        {
            delete.PersistentActor.Tell(new DeleteMessagesFailure(PluginBreaker.Unwrap(e), delete.ToSequenceNr), self);
        }
    }
}
