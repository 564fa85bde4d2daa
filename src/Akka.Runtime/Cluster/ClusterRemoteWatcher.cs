using Akka.Actor;
using Akka.Remote;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster;

/// <summary>
/// Death watch of actors on other nodes. Of a member's life the cluster decides: while it is one, however unreachable, its actors count as
/// alive, and with its removal all of them end. A member that was downed is quarantined besides, so that nothing of it is heard again;
/// one that left in order is let go.
/// </summary>
internal sealed class ClusterRemoteWatcher(IFailureDetectorRegistry<Address> detectors, TimeSpan heartbeat, TimeSpan reaper, TimeSpan expected)
    : RemoteWatcher(detectors, heartbeat, reaper, expected)
{
    private readonly HashSet<UniqueAddress> _members = [];
    private readonly HashSet<Address> _addresses = [];
    private Cluster? _cluster;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterStarted started:
                _cluster = started.Cluster;
                _cluster.Subscribe(Self, InitialStateAsEvents, typeof(IMemberEvent));
                break;
            case MemberRemoved removed:
                OnRemoved(removed);
                break;
            case IMemberEvent happened:
                if (happened.Member.UniqueAddress != _cluster!.SelfUniqueAddress && _members.Add(happened.Member.UniqueAddress))
                {
                    _addresses.Add(happened.Member.Address);
                }

                break;
            default:
                base.OnReceive(message);
                break;
        }
    }

    protected override bool SendsHeartbeatsTo(Address node) => !_addresses.Contains(node);

    private void OnRemoved(MemberRemoved removed)
    {
        var node = removed.Member.UniqueAddress;
        if (!_members.Remove(node))
        {
            return;
        }

        var isReplaced = _members.Any(other => other.Address.Equals(node.Address));
        if (!isReplaced)
        {
            _addresses.Remove(node.Address);
        }

        if (removed.PreviousStatus == MemberStatus.Down)
        {
            ((ActorSystemImpl)Context.System).Remote!.Quarantine(node.Address, node.Uid, "its member was downed and removed from the cluster");
        }

        if (!isReplaced)
        {
            OnAddressTerminated(node.Address);
        }
    }

    /// <summary>From the cluster, once it can be subscribed to.</summary>
    internal sealed record ClusterStarted(Cluster Cluster) : INoSerializationVerificationNeeded;
}
