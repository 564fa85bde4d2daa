using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// The actors of this process and of all others. Within the process paths have no host; outside they have the address that remoting
/// listens at. So the same actor is <c>akka://sys/user/a</c> here and <c>akka.tcp://sys@host:port/user/a</c> there.
/// </summary>
internal class RemoteActorRefProvider(ActorSystemImpl system, LocalActorRefProvider local) : ILocalProvider
{
    private Remoting? _remoting;
    private IInternalActorRef? _remoteWatcher;

    public ActorSystemImpl System => system;

    public Remoting Remoting => _remoting ?? throw new RemoteTransportException("remoting has not started yet");

    public RemoteSettings RemoteSettings { get; } = new(system.Settings.Config);

    /// <summary>Whether <see cref="Init"/> got so far that there is something to shut down.</summary>
    public bool IsStarted => _remoteWatcher is not null;

    public ActorPath RootPath => local.RootPath;

    public Address DefaultAddress => _remoting?.LocalAddress ?? local.DefaultAddress;

    public IActorRef DeadLetters => local.DeadLetters;

    /// <summary>Watches actors of other systems on behalf of all who do here.</summary>
    public IInternalActorRef RemoteWatcher => _remoteWatcher ?? throw new RemoteTransportException("remoting has not started yet");

    public static bool IsProvider(Config config) => config.GetString("akka.actor.provider", "") is "remote" or "cluster" ||
        config.GetString("akka.actor.provider", "").StartsWith("Akka.Remote.RemoteActorRefProvider", StringComparison.Ordinal) ||
        config.GetString("akka.actor.provider", "").StartsWith("Akka.Cluster.ClusterActorRefProvider", StringComparison.Ordinal);

    /// <summary>Starts to listen. Once, when the system's guardians are there.</summary>
    public void Init()
    {
        _remoting = new Remoting(this);
        _remoting.Bind();
        _remoteWatcher = (IInternalActorRef)system.SystemActorOf(RemoteWatcherProps(), "remote-watcher");
        _remoting.Start();
    }

    public bool HasAddress(Address address) => address == local.DefaultAddress || address == DefaultAddress;

    public Address? GetExternalAddressFor(Address address) => HasAddress(address) ? local.DefaultAddress
        : address.Protocol == Remoting.LocalAddress.Protocol && address is { Host: not null, Port: not null } ? Remoting.LocalAddress
        : null;

    public IActorRef ResolveActorRef(string path)
    {
        if (ActorPath.TryParse(path, out var parsed))
            return ResolveActorRef(parsed);
        system.Log.Debug("[{0}] is no actor's path", path);
        return DeadLetters;
    }

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (HasAddress(actorPath.Address))
            return local.ResolveLocal(actorPath);
        if (actorPath.Equals(ActorRefs.Nobody.Path))
            return ActorRefs.Nobody;
        return IsReachable(actorPath.Address) ? new RemoteActorRef(Remoting.AssociationWith(actorPath.Address), actorPath) : local.Empty(actorPath);
    }

    /// <summary>Where the selections of a system start.</summary>
    public IActorRef RootGuardianAt(Address address) => HasAddress(address) ? local.RootGuardian : ResolveActorRef(new RootActorPath(address));

    /// <summary>Ends the relation with one incarnation of a system; without a uid only the connection.</summary>
    public void Quarantine(Address address, int? uid, string reason) => Remoting.AssociationWith(address).Quarantine(uid, reason);

    /// <summary>The actor that watches actors of other systems, with settings of <c>akka.remote.watch-failure-detector</c>.</summary>
    protected virtual Props RemoteWatcherProps(IFailureDetectorRegistry<Address> detectors, Config config) => Remote.RemoteWatcher.PropsOf(detectors, config);

    private Props RemoteWatcherProps()
    {
        var config = RemoteSettings.WatchFailureDetector;
        var implementation = config.GetString("implementation-class");
        return RemoteWatcherProps(new DefaultFailureDetectorRegistry<Address>(() => FailureDetectorLoader.Load(implementation, config, system)), config);
    }

    private bool IsReachable(Address address) => address is { Host.Length: > 0, Port: not null } && address.Protocol == Remoting.LocalAddress.Protocol;
}
