using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>
/// Whom one actor watches and who watches it. Touched in the actor's turns only.
/// A death comes as a system message, but its <see cref="Terminated"/> queues behind the messages that are there already; so a notice
/// counts only while <see cref="_queued"/> has it, and Unwatch takes it out.
/// </summary>
internal sealed class DeathWatch(ActorCell cell)
{
    private readonly Dictionary<IActorRef, object?> _watching = [];
    private readonly Dictionary<IActorRef, object?> _queued = [];
    private readonly HashSet<IInternalActorRef> _watchedBy = [];

    public bool IsWatching(IActorRef subject) => _watching.ContainsKey(subject);

    public void Watch(IActorRef subject, object? message)
    {
        var watchee = (IInternalActorRef)subject;
        if (watchee.Equals(cell.Self))
            return;
        if (_watching.TryGetValue(watchee, out var before))
        {
            if (!Equals(before, message))
            {
                throw new InvalidOperationException(
                    $"{cell.Self} watches {watchee} already, with {before ?? "Terminated"}; unwatch it before watching with {message ?? "Terminated"}");
            }
            return;
        }
        watchee.SendSystemMessage(new Watch(watchee, cell.Self));
        _watching[watchee] = message;
    }

    public void Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        if (watchee.Equals(cell.Self))
            return;
        if (_watching.Remove(watchee))
            watchee.SendSystemMessage(new Unwatch(watchee, cell.Self));
        _queued.Remove(watchee);
    }

    public void UnwatchAll()
    {
        foreach (var subject in _watching.Keys)
            ((IInternalActorRef)subject).SendSystemMessage(new Unwatch((IInternalActorRef)subject, cell.Self));
        _watching.Clear();
        _queued.Clear();
    }

    public void AddWatcher(Watch watch)
    {
        if (watch.Watchee.Equals(cell.Self) && !watch.Watcher.Equals(cell.Self))
            _watchedBy.Add(watch.Watcher);
    }

    public void RemoveWatcher(Unwatch unwatch)
    {
        if (unwatch.Watchee.Equals(cell.Self))
            _watchedBy.Remove(unwatch.Watcher);
    }

    /// <summary>A watched actor has died: queues the notice for the actor itself.</summary>
    public void OnDeath(DeathWatchNotification death)
    {
        if (!_watching.Remove(death.Actor, out var message) || cell.IsTerminating)
            return;
        _queued[death.Actor] = message;
        cell.Self.Tell(new Terminated(death.Actor, death.ExistenceConfirmed, death.AddressTerminated), death.Actor);
    }

    /// <summary>The queued notice is up: what the actor gets to see, null if it unwatched meanwhile.</summary>
    public object? TakeQueued(Terminated terminated)
    {
        if (!_queued.Remove(terminated.ActorRef, out var message))
            return null;
        return message ?? terminated;
    }

    /// <summary>A notice that was stashed goes back to the mailbox and counts again.</summary>
    public void Requeue(IActorRef subject) => _queued[subject] = null;

    public void TellWatchers()
    {
        foreach (var watcher in _watchedBy)
            watcher.SendSystemMessage(new DeathWatchNotification(cell.Self, existenceConfirmed: true, addressTerminated: false));
        _watchedBy.Clear();
    }
}
