using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Util;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>
/// This node's part in a cluster. Commands go to the <see cref="ClusterDaemon"/>; <see cref="State"/> and <see cref="SelfMember"/> are
/// what the <see cref="ClusterEventPublisher"/> last published, never older than an event that was delivered. Any thread.
/// </summary>
public class Cluster : IExtension
{
    private const string ClusterProvider = "Akka.Cluster.ClusterActorRefProvider";

    private readonly IActorRef _daemon;
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Snapshot _snapshot;

    internal Cluster(ExtendedActorSystem system)
    {
        System = system;
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        var config = system.Settings.Config;
        if (!IsProvider(config))
        {
            throw new ConfigurationException(
                $"ActorSystem [{system.Name}] needs akka.actor.provider = cluster to use clustering, but it is '{config.GetString("akka.actor.provider")}'");
        }

        Settings = new ClusterSettings(config, system.Name);
        SelfUniqueAddress = new UniqueAddress(system.Provider.DefaultAddress, AddressUidExtension.Uid(system));
        _snapshot = new Snapshot(new CurrentClusterState(), NotAMember());
        FailureDetector = new DefaultFailureDetectorRegistry<Address>(
            () => FailureDetectorLoader.Load(Settings.FailureDetectorImplementationClass, Settings.FailureDetectorConfig, system));
        var test = system.Settings.Setup.Get<ClusterTestSetup>();
        Random = new Random(test.HasValue ? test.Value.Seed : SystemChance.Next());
        Peers = test.HasValue ? test.Value.Peers(system) : new RemotePeers(system);
        DowningProvider = CreateDowningProvider();
        _daemon = system.SystemActorOf(Props.Create(() => new ClusterDaemon(this)), "cluster");
        ((ActorSystemImpl)system).Remote?.RemoteWatcher.Tell(new ClusterRemoteWatcher.ClusterStarted(this), ActorRefs.NoSender!);
        ClusterShutdownTasks.AddTo(CoordinatedShutdown.Get(system), this);
    }

    public ExtendedActorSystem System { get; }

    public ClusterSettings Settings { get; }

    public IDowningProvider DowningProvider { get; }

    /// <summary>Whether the others' heartbeats come in; it knows those that this node watches.</summary>
    public DefaultFailureDetectorRegistry<Address> FailureDetector { get; }

    public UniqueAddress SelfUniqueAddress { get; }

    public Address SelfAddress => SelfUniqueAddress.Address;

    public ImmutableHashSet<string> SelfRoles => Settings.Roles;

    public CurrentClusterState State => _snapshot.State;

    /// <summary>This node as a member; with status Removed before it joined and after it left.</summary>
    public Member SelfMember => _snapshot.Self;

    public bool IsUp => SelfMember.Status == MemberStatus.Up;

    public bool IsTerminated => _removed.Task.IsCompleted;

    internal Task WhenRemoved => _removed.Task;

    internal IActorRef Daemon => _daemon;

    internal ClusterPeers Peers { get; }

    /// <summary>The core's alone.</summary>
    internal Random Random { get; }

    public static Cluster Get(ActorSystem system) => ClusterExtension.Instance.Apply(system);

    /// <summary>Joins the cluster of the node at an address; a node that joins itself forms a new one.</summary>
    public void Join(Address address) => _daemon.Tell(new JoinTo(address), ActorRefs.NoSender!);

    public void JoinSeedNodes(IEnumerable<Address> seedNodes) => _daemon.Tell(new JoinSeeds(seedNodes.ToList()), ActorRefs.NoSender!);

    /// <summary>Joins, and completes when this node is up.</summary>
    public Task JoinAsync(Address address, CancellationToken token = default) => UpAfter(() => Join(address), token);

    public Task JoinSeedNodesAsync(IEnumerable<Address> seedNodes, CancellationToken token = default) => UpAfter(() => JoinSeedNodes(seedNodes), token);

    /// <summary>Lets a member go in order. When it is this node, coordinated shutdown runs.</summary>
    public void Leave(Address address) => _daemon.Tell(new LeaveNode(address), ActorRefs.NoSender!);

    public Task LeaveAsync() => LeaveAsync(CancellationToken.None);

    /// <summary>Leaves, and completes when this node is removed.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken)
    {
        Leave(SelfAddress);
        return _removed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Declares a member dead.</summary>
    public void Down(Address address) => _daemon.Tell(new DownNode(address), ActorRefs.NoSender!);

    /// <summary>Tells <paramref name="subscriber"/> the state as one message, then each event of the given types.</summary>
    public void Subscribe(IActorRef subscriber, params Type[] to) => Subscribe(subscriber, SubscriptionInitialStateMode.InitialStateAsSnapshot, to);

    public void Subscribe(IActorRef subscriber, SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        if (to.Length == 0)
        {
            throw new ArgumentException("At least one IClusterDomainEvent class is required", nameof(to));
        }

        foreach (var type in to)
        {
            if (!typeof(IClusterDomainEvent).IsAssignableFrom(type))
            {
                throw new ArgumentException($"Subscribe to IClusterDomainEvent or subclasses, was [{type}]", nameof(to));
            }
        }

        _daemon.Tell(new SubscribeTo(subscriber, initialStateMode, to), ActorRefs.NoSender!);
    }

    public void Unsubscribe(IActorRef subscriber) => _daemon.Tell(new UnsubscribeFrom(subscriber, null), ActorRefs.NoSender!);

    public void Unsubscribe(IActorRef subscriber, Type to) => _daemon.Tell(new UnsubscribeFrom(subscriber, to), ActorRefs.NoSender!);

    public void SendCurrentClusterState(IActorRef receiver) => _daemon.Tell(new SendState(receiver), ActorRefs.NoSender!);

    /// <summary>Runs a callback when this node is up, at once if it was already.</summary>
    public void RegisterOnMemberUp(Action callback) => _daemon.Tell(new CallWhen(MemberStatus.Up, callback), ActorRefs.NoSender!);

    /// <summary>Runs a callback when this node is removed, at once if it was already.</summary>
    public void RegisterOnMemberRemoved(Action callback)
    {
        if (IsTerminated)
        {
            callback();
        }
        else
        {
            _daemon.Tell(new CallWhen(MemberStatus.Removed, callback), ActorRefs.NoSender!);
        }
    }

    internal static bool IsProvider(Config config) => config.GetString("akka.actor.provider", "") is { } provider
        && (provider == "cluster" || provider.StartsWith(ClusterProvider, StringComparison.Ordinal));

    internal static Config DefaultConfig() => ConfigurationFactory.FromResource<Cluster>("cluster.conf");

    /// <summary>Called by the publisher before it tells anyone.</summary>
    internal void Publish(CurrentClusterState state, Member? self, bool isLast)
    {
        _snapshot = new Snapshot(state, self ?? NotAMember());
        if (isLast)
        {
            _removed.TrySetResult();
        }
    }

    private Member NotAMember() => new(SelfUniqueAddress, int.MaxValue, MemberStatus.Removed, Settings.Roles);

    private IDowningProvider CreateDowningProvider() => string.IsNullOrEmpty(Settings.DowningProviderName)
        ? new NoDowning(System, this)
        : TypeResolver.Create<IDowningProvider>(Settings.DowningProviderName, "akka.cluster.downing-provider-class", System, this);

    private async Task UpAfter(Action join, CancellationToken token)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RegisterOnMemberUp(() => up.TrySetResult());
        RegisterOnMemberRemoved(() => up.TrySetException(new ClusterJoinFailedException($"Node [{SelfAddress}] has left its cluster; a new actor system can join again")));
        join();
        await up.Task.WaitAsync(token).ConfigureAwait(false);
    }

    private sealed record Snapshot(CurrentClusterState State, Member Self);
}
