using Akka.Actor;

namespace Akka.Cluster;

/// <summary>The core's attempts to get into a cluster: one <see cref="JoinProcess"/> at a time, the latest wish wins. In the core's turns only.</summary>
internal sealed class JoinAttempts(Cluster cluster, IActorContext context, Func<ITimerScheduler> timers, ClusterLog log)
{
    private int _count;

    /// <summary>Null when no join goes on.</summary>
    public IActorRef? Process { get; private set; }

    public void ToSeedNodes(IReadOnlyList<Address> seeds, bool mayJoin)
    {
        if (!mayJoin)
        {
            return;
        }

        if (seeds.Count == 0)
        {
            log.Info("no seed nodes given: join by hand, or set akka.cluster.seed-nodes");
            return;
        }

        if (cluster.Settings.ShutdownAfterUnsuccessfulJoinSeedNodes is { } limit && !timers().IsTimerActive(nameof(GiveUpJoining)))
        {
            timers().StartSingleTimer(nameof(GiveUpJoining), GiveUpJoining.Instance, limit);
        }

        if (seeds.All(seed => seed.Equals(cluster.SelfAddress)))
        {
            context.Self.Tell(FormCluster.Instance, context.Self);
        }
        else
        {
            Start(seeds, null);
        }
    }

    public void ToAddress(Address address, bool mayJoin)
    {
        if (!mayJoin)
        {
            return;
        }

        if (address.Equals(cluster.SelfAddress))
        {
            context.Self.Tell(FormCluster.Instance, context.Self);
        }
        else if (address.Protocol != cluster.SelfAddress.Protocol || address.System != cluster.SelfAddress.System)
        {
            log.Warning("cannot join [{0}]: all members need the protocol and the system name of this node", address);
        }
        else
        {
            Start([], address);
        }
    }

    public void GiveUp()
    {
        if (Process is not null)
        {
            log.Warning(
                "could not join a cluster for {0} (akka.cluster.shutdown-after-unsuccessful-join-seed-nodes): ending", cluster.Settings.ShutdownAfterUnsuccessfulJoinSeedNodes);
            End();
            _ = CoordinatedShutdown.Get(context.System).Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance);
        }
    }

    public void End()
    {
        timers().Cancel(nameof(GiveUpJoining));
        if (Process is not null)
        {
            context.Stop(Process);
            Process = null;
        }
    }

    private void Start(IReadOnlyList<Address> seeds, Address? target)
    {
        if (Process is not null)
        {
            context.Stop(Process);
        }

        log.Info("joining [{0}]", target?.ToString() ?? string.Join(", ", seeds));
        var node = cluster;
        Process = context.ActorOf(Props.Create(() => new JoinProcess(node, seeds, target)).WithDispatcher(context.Props.Dispatcher), $"join-{++_count}");
    }
}
