using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

internal sealed record HandOffDone(string Shard, bool Stopped);

/// <summary>
/// Moves one shard away from its region, as a child of the coordinator: first every region keeps what comes for it, then its owner stops
/// it. A region that ends meanwhile needs no asking; the whole has a time limit.
/// </summary>
internal sealed class HandOffWorker : ReceiveActor
{
    private readonly string _shard;
    private readonly IActorRef _owner;
    private readonly HashSet<IActorRef> _unacknowledged;
    private bool _handingOff;

    public HandOffWorker(string shard, IActorRef owner, ImmutableHashSet<IActorRef> regions, TimeSpan timeout)
    {
        _shard = shard;
        _owner = owner;
        _unacknowledged = [.. regions];
        Receive<BeginHandOffAck>(_ => Acknowledged(Sender));
        Receive<Terminated>(ended => RegionEnded(ended.ActorRef));
        Receive<ShardStopped>(_ => End(stopped: true));
        Receive<ReceiveTimeout>(_ => End(stopped: false));
        SetReceiveTimeout(timeout + TimeSpan.FromSeconds(1));
    }

    protected override void PreStart()
    {
        Context.Watch(_owner);
        foreach (var region in _unacknowledged)
        {
            Context.Watch(region);
            region.Tell(new BeginHandOff(_shard), Self);
        }

        Acknowledged(ActorRefs.Nobody);
    }

    private void Acknowledged(IActorRef region)
    {
        _unacknowledged.Remove(region);
        if (_unacknowledged.Count == 0 && !_handingOff)
        {
            _handingOff = true;
            _owner.Tell(new HandOff(_shard), Self);
        }
    }

    private void RegionEnded(IActorRef region)
    {
        if (region.Equals(_owner))
        {
            End(stopped: true);
        }
        else
        {
            Acknowledged(region);
        }
    }

    private void End(bool stopped)
    {
        Context.Parent.Tell(new HandOffDone(_shard, stopped), Self);
        Context.Stop(Self);
    }
}
