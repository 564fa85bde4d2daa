using Akka.Broker.Nodes;

namespace Akka.Broker.Groups.Lag;

/// <summary>The lag of a node's groups, put together from the node's parts.</summary>
internal static class NodeGroupLag
{
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(1);

    public static GroupLagMonitor Of(NodeParts parts, Func<GroupRouter?> groups, CancellationToken stopping)
    {
        var positions = new PartitionPositions(
            new LocalPositions(parts.Led, parts.Followed), parts.Metadata, parts.Settings.Kafka.InterBrokerListener, parts.Connections(BackoffMax));
        var options = new GroupLagOptions(parts.Settings.Metrics.GroupLagIntervalMs, parts.Settings.Metrics.GroupLagPartitionsMax);
        var monitor = new GroupLagMonitor(groups, positions, options, parts.Time, parts.Log);
        stopping.UnsafeRegister(static state =>
        {
            var (started, open) = ((GroupLagMonitor, PartitionPositions))state!;
            started.Stop();
            open.Dispose();
        }, (monitor, positions));
        return monitor;
    }
}
