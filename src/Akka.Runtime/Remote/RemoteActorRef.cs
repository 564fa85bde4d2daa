using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Remote;

/// <summary>The reference to an actor of another system. What it is told queues for that system's <see cref="Association"/>.</summary>
internal sealed class RemoteActorRef(Association association, ActorPath path) : InternalActorRefBase
{
    public Association Association { get; } = association;

    public override ActorPath Path { get; } = path;

    public override IInternalActorRef Parent => Path.Depth == 0 ? ActorRefs.Nobody : new RemoteActorRef(Association, Path.Parent);

    public override IActorRefProvider Provider => Association.Remoting.Provider;

    public override bool IsLocal => false;

    /// <summary>Not known here.</summary>
    public override bool IsTerminated => false;

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        var path = Path;
        foreach (var element in name)
            path = element switch { "" => path, ".." => path.Parent, _ => path / element };
        return new RemoteActorRef(Association, path);
    }

    public override void Start()
    {
        // It was started by its own system.
    }

    public override void Stop() => SendSystemMessage(new Terminate());

    public override void Suspend()
    {
        // Only a parent suspends, and no actor has a child in another system.
    }

    public override void Resume(Exception? causedByFailure = null)
    {
        // As with Suspend.
    }

    public override void Restart(Exception cause)
    {
        // As with Suspend.
    }

    /// <summary>
    /// A watch goes to the remote watcher instead, which watches each actor once for all who do, and its node by heartbeats.
    /// </summary>
    public override void SendSystemMessage(ISystemMessage message)
    {
        var watcher = Association.Remoting.Provider.RemoteWatcher;
        switch (message)
        {
            case Watch watch when !watch.Watcher.Equals(watcher):
                watcher.Tell(new RemoteWatcher.WatchRemote(watch.Watchee, watch.Watcher), ActorRefs.NoSender);
                break;
            case Unwatch unwatch when !unwatch.Watcher.Equals(watcher):
                watcher.Tell(new RemoteWatcher.UnwatchRemote(unwatch.Watchee, unwatch.Watcher), ActorRefs.NoSender);
                break;
            case Watch or Unwatch or DeathWatchNotification or Terminate:
                Association.SendSystem((SystemMessage)message, this);
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef? sender) => Association.Send(message, sender, this);
}
