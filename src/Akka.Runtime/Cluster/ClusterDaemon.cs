using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>
/// The top of a node's cluster actors.
/// <code>
///   /system/cluster
///     ├─ publisher           events, state, callbacks
///     ├─ core                membership: joins, gossip, leader's actions
///     ├─ heartbeatReceiver   answers others
///     ├─ heartbeatSender     asks others, for the failure detector
///     └─ downingProvider     whatever the setting downing-provider-class says
/// </code>
/// Hands what the node's own code asks to the child whose task it is. A core that fails ends this node's membership: what it knew is lost,
/// and only a new incarnation may join again.
/// </summary>
internal sealed class ClusterDaemon : ReceiveActor
{
    public ClusterDaemon(Cluster cluster)
    {
        var dispatcher = string.IsNullOrEmpty(cluster.Settings.UseDispatcher) ? Dispatchers.InternalDispatcherId : cluster.Settings.UseDispatcher;
        var publisher = Start(() => new ClusterEventPublisher(cluster), "publisher");
        Start(() => new HeartbeatReceiver(cluster), ClusterPeers.HeartbeatReceiver);
        var heartbeats = Start(() => new HeartbeatSender(cluster), ClusterPeers.HeartbeatSender);
        var core = Context.Watch(Start(() => new ClusterCore(cluster, publisher, heartbeats), ClusterPeers.Core));
        if (cluster.DowningProvider.DowningActorProps is { } downing)
        {
            Context.ActorOf(downing, "downingProvider");
        }

        Receive<SubscribeTo>(publisher.Forward);
        Receive<UnsubscribeFrom>(publisher.Forward);
        Receive<SendState>(publisher.Forward);
        Receive<CallWhen>(publisher.Forward);
        Receive<Terminated>(ended =>
        {
            Context.System.Log.Error("Cluster Node [{0}] - [{1}] failed; this node's membership ends", cluster.SelfAddress, ended.ActorRef.Path.Name);
            publisher.Tell(new MembershipChanged(Membership.Empty(cluster.SelfUniqueAddress), IsLast: true), Self);
            _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        });
        ReceiveAny(core.Forward);

        IActorRef Start<T>(System.Linq.Expressions.Expression<Func<T>> factory, string name)
            where T : ActorBase => Context.ActorOf(Props.Create(factory).WithDispatcher(dispatcher), name);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}
