using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>
/// Owns this node's membership: takes joins, leaves and downings, acts as leader, and hands every new <see cref="Membership"/> to the
/// <see cref="ClusterEventPublisher"/>.
/// <code>
///   not joined ──join self──▶ Joining ──enough members──▶ Up ──leave──▶ Leaving ──▶ Exiting ──exiting tasks done──▶ removed
///                                └───────────────down──────┴──────────────┴────────────┴───────────────────────────▶ removed
/// </code>
/// Leader actions follow each change at once. Nodes other than this one are out of reach: a join to them is refused with a warning.
/// </summary>
internal sealed class ClusterDaemon : ReceiveActor
{
    private readonly Cluster _cluster;
    private readonly IActorRef _publisher;
    private readonly List<IActorRef> _waitForExiting = [];
    private Membership _now = Membership.Empty;
    private bool _over;

    public ClusterDaemon(Cluster cluster)
    {
        _cluster = cluster;
        _publisher = Context.ActorOf(Props.Create(() => new ClusterEventPublisher(cluster)), "publisher");
        if (cluster.DowningProvider.DowningActorProps is { } downing)
        {
            Context.ActorOf(downing, "downingProvider");
        }

        Receive<JoinTo>(join => Join(join.Address));
        Receive<JoinSeeds>(JoinSeeds);
        Receive<LeaveNode>(leave => Leave(leave.Address));
        Receive<DownNode>(down => Down(down.Address));
        Receive<LeaveAndAnswer>(_ => LeaveAndAnswer());
        Receive<ExitingCompleted>(_ =>
        {
            Remove();
            Sender.Tell(Done.Instance, Self);
        });
        ReceiveAny(message => _publisher.Forward(message));
    }

    private Member? Me => _now.Find(_cluster.SelfUniqueAddress);

    protected override void PreStart()
    {
        if (_cluster.Settings.SeedNodes.Count > 0)
        {
            JoinSeeds(new JoinSeeds(_cluster.Settings.SeedNodes));
        }
    }

    private void JoinSeeds(JoinSeeds join)
    {
        // Akka's rule: only the first seed node may join itself.
        if (join.Seeds.Count > 0)
        {
            Join(join.Seeds[0]);
        }
    }

    private void Join(Address address)
    {
        if (_over || Me is not null)
        {
            return;
        }

        if (!address.Equals(_cluster.SelfAddress))
        {
            Context.System.Log.Warning(
                "Cluster Node [{0}] - cannot join [{1}]: this runtime has no remoting, a node can only join itself", _cluster.SelfAddress, address);
            return;
        }

        Change(_now.With(new Member(_cluster.SelfUniqueAddress, int.MaxValue, MemberStatus.Joining, _cluster.Settings.Roles)));
        LeaderActions();
    }

    private void Leave(Address address)
    {
        if (_now.Find(address) is { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } member)
        {
            Change(_now.With(member.Copy(MemberStatus.Leaving)));
            LeaderActions();
        }
    }

    private void Down(Address address)
    {
        if (_now.Find(address) is not { } member)
        {
            Context.System.Log.Info("Cluster Node [{0}] - ignoring down of unknown node [{1}]", _cluster.SelfAddress, address);
            return;
        }

        Change(_now.With(member.Copy(MemberStatus.Down)));
        AnswerExiting();
        Remove();
        if (_cluster.Settings.RunCoordinatedShutdownWhenDown)
        {
            _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        }
    }

    private void LeaderActions()
    {
        foreach (var member in _now.Members)
        {
            switch (member.Status)
            {
                case MemberStatus.Joining or MemberStatus.WeaklyUp when _now.MayComeUp(_cluster.Settings):
                    Change(_now.With(member.CopyUp(NextUpNumber())));
                    break;
                case MemberStatus.Leaving:
                    Change(_now.With(member.Copy(MemberStatus.Exiting)));
                    if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
                    {
                        AnswerExiting();
                        _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
                    }

                    break;
            }
        }
    }

    private int NextUpNumber()
    {
        var highest = 0;
        foreach (var member in _now.Members)
        {
            highest = member.UpNumber == int.MaxValue ? highest : Math.Max(highest, member.UpNumber);
        }

        return highest + 1;
    }

    private void LeaveAndAnswer()
    {
        if (Me is null || Me.Status is MemberStatus.Exiting or MemberStatus.Down)
        {
            Sender.Tell(Done.Instance, Self);
            return;
        }

        _waitForExiting.Add(Sender);
        Leave(_cluster.SelfAddress);
    }

    private void AnswerExiting()
    {
        foreach (var waiting in _waitForExiting)
        {
            waiting.Tell(Done.Instance, Self);
        }

        _waitForExiting.Clear();
    }

    private void Remove()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        _now = Me is { } me ? _now.Without(me) : _now;
        _publisher.Tell(new MembershipChanged(_now, IsLast: true), Self);
    }

    private void Change(Membership next)
    {
        _now = next;
        if (_cluster.Settings.LogInfo && Me is { } me)
        {
            Context.System.Log.Info("Cluster Node [{0}] - is now [{1}]", _cluster.SelfAddress, me.Status);
        }

        _publisher.Tell(new MembershipChanged(next, IsLast: false), Self);
    }
}
