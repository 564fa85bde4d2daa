using Akka.Actor;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>
/// The one actor through which every change of membership reaches subscribers, <see cref="Cluster.State"/> and callbacks, in this
/// order: state, then subscribers in the order of subscribing, then callbacks. A subscriber sees the state that held when it subscribed
/// and every event after that, none twice.
/// </summary>
internal sealed class ClusterEventPublisher : ReceiveActor
{
    private readonly Cluster _cluster;
    private readonly List<(IActorRef Subscriber, HashSet<Type> Types)> _subscribers = [];
    private readonly List<CallWhen> _callbacks = [];
    private readonly Membership _empty;
    private Membership _now;
    private bool _wasUp;
    private bool _over;

    public ClusterEventPublisher(Cluster cluster)
    {
        _cluster = cluster;
        _now = _empty = Membership.Empty(cluster.SelfUniqueAddress);
        Receive<MembershipChanged>(Change);
        Receive<SubscribeTo>(Subscribe);
        Receive<UnsubscribeFrom>(Unsubscribe);
        Receive<Terminated>(ended => Unsubscribe(new UnsubscribeFrom(ended.ActorRef, null)));
        Receive<SendState>(request => request.Receiver.Tell(_now.ToState(), Self));
        Receive<CallWhen>(request =>
        {
            _callbacks.Add(request);
            CallBack();
        });
    }

    protected override void PostStop()
    {
        if (!_over)
        {
            // The system ends without having left: callbacks for removal run, as after a removal.
            _over = true;
            _cluster.Publish(_empty.ToState(), null, isLast: true);
            CallBack();
        }
    }

    private void Change(MembershipChanged change)
    {
        var events = change.Now.Since(_now);
        _now = change.Now;
        var self = _now.Me;
        _wasUp |= self?.Status == MemberStatus.Up;
        _over |= change.IsLast;
        _cluster.Publish(_now.ToState(), self, change.IsLast);
        foreach (var happened in events)
        {
            Publish(happened);
        }

        if (change.IsLast)
        {
            Publish(ClusterShuttingDown.Instance);
        }

        CallBack();
    }

    private void Publish(IClusterDomainEvent happened)
    {
        foreach (var (subscriber, types) in _subscribers)
        {
            if (Wants(types, happened))
            {
                subscriber.Tell(happened, ActorRefs.NoSender!);
            }
        }
    }

    private void Subscribe(SubscribeTo request)
    {
        if (request.Mode == SubscriptionInitialStateMode.InitialStateAsSnapshot)
        {
            request.Subscriber.Tell(_now.ToState(), Self);
        }
        else
        {
            var wanted = request.Types.ToHashSet();
            foreach (var happened in _now.Since(_empty))
            {
                if (Wants(wanted, happened))
                {
                    request.Subscriber.Tell(happened, Self);
                }
            }
        }

        var known = _subscribers.Find(item => item.Subscriber.Equals(request.Subscriber)).Types;
        if (known is null)
        {
            _subscribers.Add((request.Subscriber, request.Types.ToHashSet()));
            Context.Watch(request.Subscriber);
        }
        else
        {
            known.UnionWith(request.Types);
        }
    }

    private void Unsubscribe(UnsubscribeFrom request)
    {
        var at = _subscribers.FindIndex(item => item.Subscriber.Equals(request.Subscriber));
        if (at < 0)
        {
            return;
        }

        if (request.Type is { } type)
        {
            _subscribers[at].Types.Remove(type);
        }

        if (request.Type is null || _subscribers[at].Types.Count == 0)
        {
            _subscribers.RemoveAt(at);
            Context.Unwatch(request.Subscriber);
        }
    }

    private void CallBack()
    {
        for (var i = 0; i < _callbacks.Count;)
        {
            if (_callbacks[i].Status == MemberStatus.Up ? _wasUp : _over)
            {
                var callback = _callbacks[i].Callback;
                _callbacks.RemoveAt(i);
                try
                {
                    callback();
                }
                catch (Exception e)
                {
                    Context.System.Log.Error(e, "A callback on this member's status failed");
                }
            }
            else
            {
                i++;
            }
        }
    }

    private static bool Wants(HashSet<Type> types, IClusterDomainEvent happened)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(happened))
            {
                return true;
            }
        }

        return false;
    }
}
