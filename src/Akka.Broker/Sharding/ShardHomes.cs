using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Broker.Sharding;

/// <summary>
/// Makes a region know where every broker's shard is, at its start and on each join, by asking each shard's <see cref="ShardAnchor"/> for its
/// identity. An answer comes from the shard's home, so what is sent there later takes the known way.
/// <code>
///   broker n is up ──▶ asked, again each second ──ActorIdentity(n)──▶ known ──its member is removed──▶ forgotten
/// </code>
/// </summary>
internal sealed class ShardHomes : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<int, UniqueAddress> _unknown = [];
    private readonly IActorRef _region;

    public ShardHomes(IActorRef region)
    {
        _region = region;
        Receive<MemberUp>(up => Ask(up.Member));
        Receive<MemberRemoved>(removed => Forget(removed.Member));
        Receive<IMemberEvent>(_ => { });
        Receive<ActorIdentity>(Known);
        Receive<AskAgain>(_ => AskAll());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef region) => Akka.Actor.Props.Create(() => new ShardHomes(region));

    protected override void PreStart() => _cluster.Subscribe(Self, SubscriptionInitialStateMode.InitialStateAsEvents, typeof(IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Ask(Member member)
    {
        foreach (var role in member.Roles)
        {
            if (BrokerShards.TryParseRole(role, out var brokerId))
            {
                _unknown[brokerId] = member.UniqueAddress;
                Ask(brokerId);
            }
        }

        if (_unknown.Count > 0)
            Timers.StartPeriodicTimer(AskAgain.Instance, AskAgain.Instance, RetryInterval);
    }

    private void AskAll()
    {
        foreach (var brokerId in _unknown.Keys)
            Ask(brokerId);
    }

    private void Ask(int brokerId) => _region.Tell(new ShardingEnvelope(ShardAnchor.Of(brokerId), new Identify(brokerId)), Self);

    private void Known(ActorIdentity identity)
    {
        if (identity is not { MessageId: int brokerId, Subject: not null } || !_unknown.Remove(brokerId))
            return;
        Context.GetLogger().Debug("The home of shard {0} of {1} is known: {2}.", brokerId, _region.Path.Name, identity.Subject.Path);
        if (_unknown.Count == 0)
            Timers.Cancel(AskAgain.Instance);
    }

    private void Forget(Member member)
    {
        foreach (var (brokerId, node) in _unknown.ToList())
        {
            if (node.Equals(member.UniqueAddress))
                _unknown.Remove(brokerId);
        }

        if (_unknown.Count == 0)
            Timers.Cancel(AskAgain.Instance);
    }

    private sealed class AskAgain
    {
        public static readonly AskAgain Instance = new();
    }
}
