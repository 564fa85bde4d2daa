using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>
/// Runs one actor in the cluster, on the oldest member of a role; a manager is started at the same path on each node that may have it.
/// <see cref="SingletonTurn"/> decides, this carries it out. A node that leaves keeps its singleton until its coordinated shutdown is at
/// phase cluster-exiting: what the phases before it do may need the singleton. Then the next oldest takes over. After a downing it does so
/// when the member is removed and the margin has passed. The singleton is the child <c>singleton-name</c>; one that stops by itself is not
/// started again on this node.
/// </summary>
public sealed class ClusterSingletonManager : ReceiveActor, IWithTimers
{
    private const int WarnAfterRetries = 15;

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Props _singletonProps;
    private readonly object _terminationMessage;
    private readonly ClusterSingletonManagerSettings _settings;
    private readonly TimeSpan _margin;
    private readonly SingletonTurn _turn;
    private IActorRef? _singleton;
    private int _retries;

    public ClusterSingletonManager(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        _singletonProps = singletonProps;
        _terminationMessage = terminationMessage;
        _settings = settings;
        _margin = settings.RemovalMargin > TimeSpan.Zero ? settings.RemovalMargin : _cluster.DowningProvider.DownRemovalMargin;
        _turn = new SingletonTurn(_cluster.SelfUniqueAddress, settings.Role, _margin > TimeSpan.Zero);
        Receive<IMemberEvent>(_ => Apply(_turn.MembersAre(_cluster.State.Members)));
        Receive<ClusterShuttingDown>(_ => Apply(_turn.Exit()));
        Receive<SelfExiting>(_ => Apply(_turn.Exit()));
        Receive<HandOverToMe>(request => Apply(_turn.HandOverAsked(request)));
        Receive<HandOverDone>(done => Apply(_turn.HandedOver(done.Of)));
        Receive<MarginPassed>(passed => Apply(_turn.MarginPassed(passed.Of)));
        Receive<Retry>(_ => AskAgain());
        Receive<Terminated>(_ => SingletonEnded(), ended => ended.ActorRef.Equals(_singleton));
    }

    ITimerScheduler IWithTimers.Timers { get; set; } = null!;

    private ITimerScheduler Timers => ((IWithTimers)this).Timers;

    public static Props Props(Props singletonProps, ClusterSingletonManagerSettings settings) => Props(singletonProps, PoisonPill.Instance, settings);

    public static Props Props(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings) =>
        Actor.Props.Create(() => new ClusterSingletonManager(singletonProps, terminationMessage, settings)).WithDeploy(Deploy.Local);

    public static Config DefaultConfig() => ConfigurationFactory.FromResource<ClusterSingletonManager>("tools.conf");

    protected override void PreStart()
    {
        if (_settings.Role is { } role && !_cluster.SelfRoles.Contains(role))
        {
            throw new ArgumentException($"This cluster member [{_cluster.SelfAddress}] doesn't have the role [{role}]");
        }

        _cluster.Subscribe(Self, SubscriptionInitialStateMode.InitialStateAsEvents, typeof(IMemberEvent), typeof(ClusterShuttingDown));
        var self = Self;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseClusterExiting, "wait-singleton-exiting", async () =>
        {
            if (!_cluster.IsTerminated && _cluster.SelfMember.Status is not (MemberStatus.Down or MemberStatus.Removed))
            {
                self.Tell(SelfExiting.Instance, ActorRefs.NoSender!);
                await _over.Task;
            }

            return Done.Instance;
        });
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _over.TrySetResult();
    }

    private void Apply(IReadOnlyList<SingletonEffect> effects)
    {
        foreach (var (action, member, of) in effects)
        {
            switch (action)
            {
                case SingletonAction.Start:
                    Context.System.Log.Info("Singleton manager [{0}] starts its singleton: this node is the oldest", Self.Path);
                    _singleton = Context.Watch(Context.ActorOf(_singletonProps, _settings.SingletonName));
                    break;
                case SingletonAction.Stop:
                    _singleton!.Tell(_terminationMessage, Self);
                    break;
                case SingletonAction.Ask:
                    ManagerAt(member!).Tell(new HandOverToMe(_cluster.SelfUniqueAddress, member!, IsDown(member!)), Self);
                    break;
                case SingletonAction.Answer:
                    ManagerAt(member!).Tell(new HandOverDone(of!), Self);
                    break;
                case SingletonAction.AwaitMargin:
                    Timers.StartSingleTimer(member!, new MarginPassed(member!), _margin);
                    break;
                case SingletonAction.End:
                    _over.TrySetResult();
                    break;
            }
        }

        KeepAsking();
    }

    private void KeepAsking()
    {
        if (!_turn.IsAsking)
        {
            Timers.Cancel(Retry.Instance);
            _retries = 0;
        }
        else if (!Timers.IsTimerActive(Retry.Instance))
        {
            Timers.StartPeriodicTimer(Retry.Instance, Retry.Instance, _settings.HandOverRetryInterval);
        }
    }

    private void AskAgain()
    {
        if (++_retries == WarnAfterRetries)
        {
            Context.System.Log.Warning(
                "Singleton manager [{0}] asked {1} times for the singleton and goes on; an older member that does not answer must stop or be downed", Self.Path, _retries);
        }

        Apply(_turn.Retry());
    }

    private ActorSelection ManagerAt(UniqueAddress member)
    {
        var path = Self.Path.ToStringWithoutAddress();
        return Context.ActorSelection(member.Address.Equals(_cluster.SelfAddress) ? path : member.Address + path);
    }

    private bool IsDown(UniqueAddress member) => _cluster.State.Members.Any(each => each.UniqueAddress.Equals(member) && each.Status == MemberStatus.Down);

    private void SingletonEnded()
    {
        Context.System.Log.Info("Singleton actor [{0}] was terminated", _singleton!.Path);
        _singleton = null;
        Apply(_turn.Stopped());
    }

    private sealed class SelfExiting
    {
        public static readonly SelfExiting Instance = new();
    }

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }

    private sealed record MarginPassed(UniqueAddress Of);
}
