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
        // Another system may watch by a path without uid: whoever is there now.
        var isMeant = watch.Watchee.Equals(cell.Self) || (watch.Watchee.Path.Uid == 0 && watch.Watchee.Path.Equals(cell.Self.Path));
        if (!isMeant || watch.Watcher.Equals(cell.Self))
            return;
        _watchedBy.Add(watch.Watcher);
        if (!watch.Watcher.IsLocal)
            cell.SystemImpl.RemotelyWatched.Add(cell);
    }

    public void RemoveWatcher(Unwatch unwatch)
    {
        if (unwatch.Watchee.Equals(cell.Self) && _watchedBy.Remove(unwatch.Watcher))
            LeaveRemotelyWatched(unwatch.Watcher);
    }

    public void ForgetWatchers(Address node)
    {
        if (_watchedBy.RemoveWhere(watcher => watcher.Path.Address == node) > 0 && !_watchedBy.Any(watcher => !watcher.IsLocal))
            cell.SystemImpl.RemotelyWatched.Remove(cell);
    }

    /// <summary>A watched actor has died: queues the notice for the actor itself.</summary>
    public void OnDeath(DeathWatchNotification death)
    {
        var actor = death.Actor;
        if (!_watching.Remove(actor, out var message) && !TakeByPath(ref actor, out message))
            return;
        if (cell.IsTerminating)
            return;
        _queued[actor] = message;
        cell.Self.Tell(new Terminated(actor, death.ExistenceConfirmed, death.AddressTerminated), actor);
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
        if (_watchedBy.Count > 0)
            cell.SystemImpl.RemotelyWatched.Remove(cell);
        _watchedBy.Clear();
    }

    private void LeaveRemotelyWatched(IInternalActorRef watcher)
    {
        if (!watcher.IsLocal && !_watchedBy.Any(other => !other.IsLocal))
            cell.SystemImpl.RemotelyWatched.Remove(cell);
    }

    /// <summary>A remote actor may be watched by a path without uid; the news of its death names its uid.</summary>
    private bool TakeByPath(ref IActorRef actor, out object? message)
    {
        message = null;
        if (actor is IInternalActorRef { IsLocal: true } || actor.Path.Uid == 0)
            return false;
        foreach (var watched in _watching.Keys)
        {
            if (watched.Path.Uid == 0 && watched.Path.Equals(actor.Path))
            {
                actor = watched;
                return _watching.Remove(watched, out message);
            }
        }
        return false;
    }
}
