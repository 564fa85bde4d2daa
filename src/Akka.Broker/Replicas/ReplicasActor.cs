using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>
/// The followers of a node: a <see cref="ReplicaActor"/> for each partition that is followed, a <see cref="FetcherActor"/> for each leader's node. Told by the node's actor, which
/// alone knows what the metadata wants.
/// <para>Invariants: a partition has one replica actor at most; <see cref="Unfollowed"/> is told only when that has stopped.</para>
/// <para>
/// A child that fails is stopped and made anew: its state is in the log. If this actor itself throws, the node begins another life: nobody would tell it again what to follow.
/// </para>
/// </summary>
public sealed class ReplicasActor : VitalActor
{
    private readonly ReplicaServices _services;
    private readonly Dictionary<TopicIdPartition, (IActorRef Actor, Follow Follow)> _replicas = [];
    private readonly Dictionary<IActorRef, TopicIdPartition> _targets = [];
    private readonly Dictionary<int, IActorRef> _fetchers = [];

    // Stopping, with who is to be told and what is to be followed again afterwards.
    private readonly Dictionary<TopicIdPartition, (List<(IActorRef Who, long Number)> Askers, Follow? Next)> _stopping = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public ReplicasActor(ReplicaServices services)
    {
        _services = services;
        Receive<Follow>(OnFollow);
        Receive<Unfollow>(OnUnfollow);
        Receive<Terminated>(OnTerminated);
    }

    public static Props Props(ReplicaServices services) => Akka.Actor.Props.Create(() => new ReplicasActor(services));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnFollow(Follow follow)
    {
        if (_stopping.TryGetValue(follow.Target, out var stopping))
        {
            _stopping[follow.Target] = stopping with { Next = follow };
            return;
        }

        IActorRef actor;
        if (_replicas.TryGetValue(follow.Target, out var known))
        {
            if (follow.LeaderEpoch < known.Follow.LeaderEpoch)
                return;
            actor = known.Actor;
        }
        else
        {
            actor = Context.ActorOf(ReplicaActor.Props(_services, follow.Target));
            Context.Watch(actor);
            _targets[actor] = follow.Target;
        }

        _replicas[follow.Target] = (actor, follow);
        actor.Tell(new ReplicaActor.FollowFrom(follow.Leader, follow.LeaderEpoch, follow.UncleanEpoch, FetcherOf(follow.Leader)));
    }

    private void OnUnfollow(Unfollow unfollow)
    {
        if (_stopping.TryGetValue(unfollow.Target, out var stopping))
        {
            stopping.Askers.Add((Sender, unfollow.Number));
            _stopping[unfollow.Target] = stopping with { Next = null };
        }
        else if (_replicas.Remove(unfollow.Target, out var replica))
        {
            _stopping[unfollow.Target] = ([(Sender, unfollow.Number)], null);
            Context.Stop(replica.Actor);
        }
        else
        {
            Sender.Tell(new Unfollowed(unfollow.Target, unfollow.Number));
        }
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_targets.Remove(terminated.ActorRef, out var target))
            OnReplicaStopped(target);
        else if (_fetchers.FirstOrDefault(f => f.Value.Equals(terminated.ActorRef)) is { Value: not null } fetcher)
            ReplaceFetcher(fetcher.Key);
    }

    private void OnReplicaStopped(TopicIdPartition target)
    {
        if (_stopping.Remove(target, out var stopping))
        {
            foreach (var (who, number) in stopping.Askers)
                who.Tell(new Unfollowed(target, number));
            if (stopping.Next is not null)
                OnFollow(stopping.Next);
        }
        else if (_replicas.Remove(target, out var failed))
        {
            _log.Warning("The replica of {0} has failed and is begun anew from its log.", target);
            OnFollow(failed.Follow);
        }
    }

    private void ReplaceFetcher(int leader)
    {
        _log.Warning("The fetcher of broker {0} has failed; another takes over.", leader);
        _fetchers.Remove(leader);
        var fetcher = FetcherOf(leader);
        foreach (var (actor, follow) in _replicas.Values)
        {
            if (follow.Leader == leader)
                actor.Tell(new FetcherReplaced(leader, fetcher));
        }
    }

    private IActorRef FetcherOf(int leader)
    {
        if (_fetchers.TryGetValue(leader, out var fetcher))
            return fetcher;
        fetcher = Context.ActorOf(FetcherActor.Props(_services, leader));
        Context.Watch(fetcher);
        return _fetchers[leader] = fetcher;
    }
}
