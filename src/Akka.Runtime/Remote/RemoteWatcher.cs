using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// Watches actors of other systems, each once for all who do so here, and their nodes by heartbeats. When an actor ends, or its node is
/// lost, every watcher is told. A node that is lost is quarantined, so that its actors cannot come back from the dead.
/// <code>
///   who watches ──WatchRemote──▶ RemoteWatcher ──Watch──▶ actor                  RemoteWatcher ──Heartbeat──▶ RemoteWatcher there
///   who watches ◀──DeathWatchNotification── RemoteWatcher ◀── actor, detector    RemoteWatcher ◀─HeartbeatRsp──
/// </code>
/// </summary>
internal class RemoteWatcher : UntypedActor, IWithTimers
{
    private readonly IFailureDetectorRegistry<Address> _detectors;
    private readonly TimeSpan _heartbeatInterval;
    private readonly TimeSpan _reaperInterval;
    private readonly TimeSpan _expectedResponseAfter;
    private readonly Dictionary<Address, HashSet<IInternalActorRef>> _watcheesByNode = [];
    private readonly Dictionary<IInternalActorRef, HashSet<IInternalActorRef>> _watchersOf = [];
    private readonly HashSet<Address> _unreachable = [];
    private readonly Dictionary<Address, int> _uids = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public RemoteWatcher(IFailureDetectorRegistry<Address> detectors, TimeSpan heartbeatInterval, TimeSpan reaperInterval, TimeSpan expectedResponseAfter)
    {
        _detectors = detectors;
        _heartbeatInterval = heartbeatInterval;
        _reaperInterval = reaperInterval;
        _expectedResponseAfter = expectedResponseAfter;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private RemoteActorRefProvider Provider => ((ActorSystemImpl)Context.System).Remote!;

    /// <summary>With <c>akka.remote.watch-failure-detector</c> or a section like it.</summary>
    public static Props PropsOf(IFailureDetectorRegistry<Address> detectors, Config config) => PropsOf(
        detectors,
        config.GetTimeSpan("heartbeat-interval"),
        config.GetTimeSpan("unreachable-nodes-reaper-interval"),
        config.GetTimeSpan("expected-response-after"));

    public static Props PropsOf(
        IFailureDetectorRegistry<Address> detectors, TimeSpan heartbeatInterval, TimeSpan reaperInterval, TimeSpan expectedResponseAfter) =>
        Props.Create(() => new RemoteWatcher(detectors, heartbeatInterval, reaperInterval, expectedResponseAfter));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HeartbeatTick:
                SendHeartbeats();
                break;
            case Heartbeat:
                Sender.Tell(new HeartbeatRsp(Provider.Remoting.LocalUid), Self);
                break;
            case HeartbeatRsp response:
                OnHeartbeat(Sender.Path.Address, response.AddressUid);
                break;
            case ReapUnreachableTick:
                Reap();
                break;
            case ExpectedFirstHeartbeat expected:
                if (_watcheesByNode.ContainsKey(expected.From) && !_detectors.IsMonitoring(expected.From))
                    _detectors.Heartbeat(expected.From);
                break;
            case WatchRemote watch:
                Add(watch.Watchee, watch.Watcher);
                break;
            case UnwatchRemote unwatch:
                Remove(unwatch.Watchee, unwatch.Watcher);
                break;
            case Terminated terminated:
                OnTerminated((IInternalActorRef)terminated.ActorRef, terminated.ExistenceConfirmed);
                break;
            case IncarnationGone { HasSuccessor: true } gone:
                WatchAgain(gone.Address);
                break;
            case IncarnationGone gone:
                OnAddressTerminated(gone.Address);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Whether heartbeats of this actor tell if a node lives; a subclass may know by other means, and then says so by <see cref="IncarnationGone"/>.</summary>
    protected virtual bool SendsHeartbeatsTo(Address node) => true;

    /// <summary>All watches on a node end, and who watched is told.</summary>
    protected void OnAddressTerminated(Address node)
    {
        if (!_watcheesByNode.Remove(node, out var watchees))
            return;
        foreach (var watchee in watchees)
        {
            Context.Unwatch(watchee);
            if (!_watchersOf.Remove(watchee, out var watchers))
                continue;
            foreach (var watcher in watchers)
                watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed: false, addressTerminated: true));
        }
        ForgetNode(node);
    }

    private void SendHeartbeats()
    {
        foreach (var node in _watcheesByNode.Keys)
        {
            if (_unreachable.Contains(node) || !SendsHeartbeatsTo(node))
                continue;
            if (!_detectors.IsMonitoring(node) && !Timers.IsTimerActive(node))
                Timers.StartSingleTimer(node, new ExpectedFirstHeartbeat(node), _expectedResponseAfter);
            Provider.ResolveActorRef(new RootActorPath(node) / "system" / Self.Path.Name).Tell(Heartbeat.Instance, Self);
        }
    }

    private void OnHeartbeat(Address node, int uid)
    {
        if (!_watcheesByNode.ContainsKey(node) || _unreachable.Contains(node))
            return;
        if (_uids.TryGetValue(node, out var known) && known != uid)
            WatchAgain(node);
        _uids[node] = uid;
        _detectors.Heartbeat(node);
    }

    private void Reap()
    {
        foreach (var node in _watcheesByNode.Keys.ToList())
        {
            if (_unreachable.Contains(node) || !SendsHeartbeatsTo(node) || _detectors.IsAvailable(node))
                continue;
            _log.Warning("Detected unreachable: [{0}]", node);
            _unreachable.Add(node);
            var uid = _uids.TryGetValue(node, out var known) ? known : Provider.Remoting.AssociationWith(node).Uid;
            Provider.Quarantine(node, uid, "Deemed unreachable by remote failure detector");
            OnAddressTerminated(node);
        }
    }

    private void Add(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        var node = watchee.Path.Address;
        if (!_watcheesByNode.TryGetValue(node, out var watchees))
        {
            // Nobody watched there for a while: it is not known whether it lives.
            _unreachable.Remove(node);
            _detectors.Remove(node);
            _watcheesByNode[node] = watchees = [];
            if (_watcheesByNode.Count == 1)
                StartTicks();
        }
        watchees.Add(watchee);
        if (!_watchersOf.TryGetValue(watchee, out var watchers))
            _watchersOf[watchee] = watchers = [];
        watchers.Add(watcher);
        Context.Watch(watchee);
    }

    private void Remove(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (!_watchersOf.TryGetValue(watchee, out var watchers) || !watchers.Remove(watcher) || watchers.Count > 0)
            return;
        Context.Unwatch(watchee);
        RemoveWatchee(watchee);
    }

    private void OnTerminated(IInternalActorRef watchee, bool existenceConfirmed)
    {
        if (!_watchersOf.TryGetValue(watchee, out var watchers))
            return;
        foreach (var watcher in watchers)
            watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed, addressTerminated: false));
        RemoveWatchee(watchee);
    }

    private void RemoveWatchee(IInternalActorRef watchee)
    {
        _watchersOf.Remove(watchee);
        var node = watchee.Path.Address;
        if (!_watcheesByNode.TryGetValue(node, out var watchees))
            return;
        watchees.Remove(watchee);
        if (watchees.Count > 0)
            return;
        _watcheesByNode.Remove(node);
        ForgetNode(node);
    }

    private void ForgetNode(Address node)
    {
        Timers.Cancel(node);
        _uids.Remove(node);
        _detectors.Remove(node);
        if (_watcheesByNode.Count == 0)
            Timers.CancelAll();
    }

    /// <summary>Another incarnation is there: those of its predecessor's actors that are watched it will declare dead.</summary>
    private void WatchAgain(Address node)
    {
        if (!_watcheesByNode.TryGetValue(node, out var watchees))
            return;
        _uids.Remove(node);
        foreach (var watchee in watchees)
            watchee.SendSystemMessage(new Watch(watchee, (IInternalActorRef)Self));
    }

    private void StartTicks()
    {
        Timers.StartPeriodicTimer(HeartbeatTick.Instance, HeartbeatTick.Instance, TimeSpan.Zero, _heartbeatInterval);
        Timers.StartPeriodicTimer(ReapUnreachableTick.Instance, ReapUnreachableTick.Instance, _reaperInterval);
    }

    internal sealed record WatchRemote(IInternalActorRef Watchee, IInternalActorRef Watcher) : INoSerializationVerificationNeeded;

    internal sealed record UnwatchRemote(IInternalActorRef Watchee, IInternalActorRef Watcher) : INoSerializationVerificationNeeded;

    /// <summary>An incarnation of a node is lost for good; a successor may be there already.</summary>
    internal sealed record IncarnationGone(Address Address, bool HasSuccessor) : INoSerializationVerificationNeeded;

    internal sealed record ExpectedFirstHeartbeat(Address From) : INoSerializationVerificationNeeded;

    /// <summary>Goes to the remote watcher of another node.</summary>
    internal sealed class Heartbeat
    {
        public static readonly Heartbeat Instance = new();
    }

    /// <summary>Its answer.</summary>
    internal sealed record HeartbeatRsp(int AddressUid);

    private sealed class HeartbeatTick
    {
        public static readonly HeartbeatTick Instance = new();
    }

    private sealed class ReapUnreachableTick
    {
        public static readonly ReapUnreachableTick Instance = new();
    }
}
