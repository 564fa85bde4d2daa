using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>
/// Runs one actor in the cluster, on the oldest member of a role; a manager is started on each node that may have it.
/// <code>
///   waiting ──this node is the oldest──▶ running ──phase cluster-exiting, or removed──▶ stopping: termination message ──it stopped──▶ ended
/// </code>
/// A node that leaves keeps its singleton until its coordinated shutdown is at that phase: what the phases before it do may need the
/// singleton. It is the child <c>singleton-name</c>. One that stops by itself is not started again.
/// </summary>
public sealed class ClusterSingletonManager : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly HashSet<Member> _members = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Props _singletonProps;
    private readonly object _terminationMessage;
    private readonly ClusterSingletonManagerSettings _settings;
    private IActorRef? _singleton;
    private bool _stopping;

    public ClusterSingletonManager(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        _singletonProps = singletonProps;
        _terminationMessage = terminationMessage;
        _settings = settings;
        Receive<IMemberEvent>(Change);
        Receive<ClusterShuttingDown>(_ => StopSingleton());
        Receive<SelfExiting>(_ => StopSingleton());
        Receive<Terminated>(_ => SingletonEnded(), ended => ended.ActorRef.Equals(_singleton));
    }

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
                await _stopped.Task;
            }

            return Done.Instance;
        });
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _stopped.TrySetResult();
    }

    private void Change(IMemberEvent happened)
    {
        var member = happened.Member;
        _members.Remove(member);
        if (member.Status != MemberStatus.Removed)
        {
            _members.Add(member);
        }

        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)
            && member.Status is MemberStatus.Down or MemberStatus.Removed)
        {
            StopSingleton();
        }
        else if (_singleton is null && !_stopping
            && SingletonRole.Oldest(_members, _settings.Role) is { Status: MemberStatus.Up or MemberStatus.Leaving } oldest
            && oldest.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
        {
            _singleton = Context.Watch(Context.ActorOf(_singletonProps, _settings.SingletonName));
        }
    }

    private void StopSingleton()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        if (_singleton is null)
        {
            _stopped.TrySetResult();
        }
        else
        {
            _singleton.Tell(_terminationMessage, Self);
        }
    }

    private void SingletonEnded()
    {
        if (!_stopping)
        {
            Context.System.Log.Info("Singleton actor [{0}] was terminated", _singleton!.Path);
        }

        // Kept as a mark: a singleton that has ended is not started again on this node.
        _stopping = true;
        _stopped.TrySetResult();
    }

    private sealed class SelfExiting
    {
        public static readonly SelfExiting Instance = new();
    }
}
