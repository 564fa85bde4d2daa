using Akka.Actor;

namespace Akka.Cluster;

/// <summary>What coordinated shutdown has to do for a cluster member: leave, wait until exiting, say when that is done, wait for removal.</summary>
internal static class ClusterShutdownTasks
{
    public static void AddTo(CoordinatedShutdown shutdown, Cluster cluster)
    {
        var system = cluster.System;
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", async () =>
        {
            if (!IsGone(cluster))
            {
                await cluster.Daemon.Ask<Done>(LeaveAndAnswer.Instance, CoordinatedShutdown.Get(system).Timeout(CoordinatedShutdown.PhaseClusterLeave));
            }

            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterExitingDone, "exiting-completed", async () =>
        {
            if (!IsGone(cluster))
            {
                await cluster.Daemon.Ask<Done>(
                    ExitingCompleted.Instance, CoordinatedShutdown.Get(system).Timeout(CoordinatedShutdown.PhaseClusterExitingDone));
            }

            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "wait-shutdown", async () =>
        {
            if (!IsGone(cluster))
            {
                await cluster.WhenRemoved;
            }

            return Done.Instance;
        });
    }

    private static bool IsGone(Cluster cluster) => cluster.IsTerminated || cluster.SelfMember.Status == MemberStatus.Removed;
}
