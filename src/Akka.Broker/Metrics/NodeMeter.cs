using Akka.Broker.Groups;
using Akka.Broker.Groups.Lag;
using Akka.Broker.Nodes;

namespace Akka.Broker.Metrics;

/// <summary>All figures of a node in one meter.</summary>
internal static class NodeMeter
{
    /// <param name="parts">Of the node.</param>
    /// <param name="groups">The way to the groups that it coordinates; null while it is in no cluster.</param>
    /// <param name="stopping">Ends what works beside.</param>
    /// <returns>Null if nothing is counted.</returns>
    public static BrokerMeter? Of(NodeParts parts, Func<GroupRouter?> groups, CancellationToken stopping)
    {
        if (parts.Figures is not { } figures)
            return null;
        List<IFigures> all = [figures, new NodeGauges(parts), new LogGauges(parts, figures.Syncs)];
        if (parts.Settings.Metrics.GroupLagEnabled)
            all.Add(NodeGroupLag.Of(parts, groups, stopping));
        return new BrokerMeter(all);
    }
}
