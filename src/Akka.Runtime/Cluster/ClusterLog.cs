using System.Collections.Immutable;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>The core's lines, each with the node it is of. Information is written only if <c>akka.cluster.log-info</c> is on.</summary>
internal sealed class ClusterLog(ILoggingAdapter log, Cluster cluster)
{
    public void Debug(string format, params object?[] args) => log.Debug("Cluster Node [{0}] - {1}", cluster.SelfAddress, Text(format, args));

    public void Info(string format, params object?[] args)
    {
        if (cluster.Settings.LogInfo)
        {
            log.Info("Cluster Node [{0}] - {1}", cluster.SelfAddress, Text(format, args));
        }
    }

    public void Warning(string format, params object?[] args) => log.Warning("Cluster Node [{0}] - {1}", cluster.SelfAddress, Text(format, args));

    /// <summary>One line for all whom this node has lost, and one for all who are back.</summary>
    public void Reachability(ImmutableSortedSet<Member> members, Reachability before, Reachability after)
    {
        var self = cluster.SelfUniqueAddress;
        var lost = members.Where(m => before.IsReachable(self, m.UniqueAddress) && !after.IsReachable(self, m.UniqueAddress)).ToList();
        var back = members.Where(m => !before.IsReachable(self, m.UniqueAddress) && after.IsReachable(self, m.UniqueAddress)).ToList();
        if (lost.Count > 0)
        {
            Warning("Marking node(s) as UNREACHABLE [{0}]", string.Join(", ", lost));
        }

        if (back.Count > 0)
        {
            Info("Marking node(s) as REACHABLE [{0}]", string.Join(", ", back));
        }
    }

    private static string Text(string format, object?[] args) => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
}
