using System.Diagnostics.Metrics;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Metrics;

/// <summary>
/// What a node's parts show of themselves when somebody collects: connections and memory, partitions, the controller. Nothing is kept but the last count of the
/// partitions, which holds as long as the metadata it was made of.
/// </summary>
internal sealed class NodeGauges : IFigures
{
    private readonly NodeParts _parts;
    private readonly TopicLogConfig _topics;
    private volatile Tuple<object, PartitionCensus>? _census;

    public NodeGauges(NodeParts parts)
    {
        _parts = parts;
        _topics = new TopicLogConfig(new ConfigResolver(parts.Settings.NodeId, parts.Settings.StaticConfigs));
    }

    public void PublishTo(BrokerMeter meter)
    {
        PublishGateway(meter, _parts.Gateway);
        PublishPartitions(meter);
        PublishController(meter);
        var build = new Measurement<long>(
            1, new("version", meter.Meter.Version), new("akka", NodeStateSource.Source), new("node_id", _parts.Settings.NodeId.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        meter.Gauge("akka.broker.build.info", null, "1, with what runs here as labels.", () => [build]);
    }

    private static void PublishGateway(BrokerMeter meter, GatewayServer gateway)
    {
        var counters = gateway.Counters;
        meter.Gauge("akka.broker.connections", null, "Open connections by listener.", () => gateway.Connections
            .GroupBy(c => c.Listener).Select(l => new Measurement<long>(l.Count(), new KeyValuePair<string, object?>("listener", l.Key))));
        meter.Counter("akka.broker.connections.accepted", null, "Connections that were opened.", () => counters.Accepted);
        meter.Counter("akka.broker.connections.refused", null, "Connections that were turned away, by the limit that they met.", () =>
        [
            new Measurement<long>(counters.Refused, new KeyValuePair<string, object?>("limit", "max.connections")),
            new Measurement<long>(counters.RefusedPerIp, new KeyValuePair<string, object?>("limit", "max.connections.per.ip")),
        ]);
        meter.Counter("akka.broker.connections.failed", null, "Connections that were closed because of what their client sent or did not take.", () => counters.Failures);
        meter.Gauge("akka.broker.requests.in_flight", null, "Requests that are worked on, or whose responses wait.", () => gateway.Connections.Sum(c => (long)c.RequestsInFlight));
        meter.Gauge("akka.broker.request.memory", "By", "Memory that requests hold.", () => gateway.RequestBytes);
        meter.Gauge("akka.broker.request.memory.limit", "By", "Memory that requests may hold together.", () => gateway.Limits.QueuedRequestBytesMax);
        meter.Gauge("akka.broker.requests.waiting_for_memory", null, "Requests that wait for memory before they are read.", () => gateway.RequestsWaitingForMemory);
    }

    private void PublishPartitions(BrokerMeter meter)
    {
        meter.Gauge("akka.broker.topics", null, "Topics of the cluster.", () => Census.Topics);
        meter.Gauge("akka.broker.partitions", null, "Partitions of the cluster.", () => Census.Partitions);
        meter.Gauge("akka.broker.partitions.offline", null, "Partitions of the cluster that nobody leads, as this node knows.", () => Census.Offline);
        meter.Gauge("akka.broker.replicas", null, "Replicas that this node has.", () => Census.Replicas);
        meter.Gauge("akka.broker.replicas.offline", null, "Replicas of this node whose log could not be opened or has failed.", OfflineLogs);
        meter.Gauge("akka.broker.log.dirs.offline", null, "By data folder of this node: 1 if its disk has failed, with all replicas in it.", OfflineFolders);
        meter.Gauge("akka.broker.partitions.led", null, "Partitions that this node leads, by the metadata.", () => Census.Led);
        meter.Gauge("akka.broker.partitions.under_replicated", null, "Partitions led by this node with replicas that are not in sync.", () => Census.UnderReplicated);
        meter.Gauge("akka.broker.partitions.under_min_isr", null, "Partitions led by this node with fewer in-sync replicas than min.insync.replicas.", () => Census.UnderMinIsr);
        meter.Gauge("akka.broker.partitions.at_min_isr", null, "Partitions led by this node with just min.insync.replicas in sync.", () => Census.AtMinIsr);
        meter.Gauge("akka.broker.partitions.moving", null, "Partitions led by this node whose replicas are being moved.", () => Census.Moving);
        meter.Gauge("akka.broker.partitions.led_elsewhere", null, "Partitions that this node should lead by preference and another does.", () => Census.LedByOthers);
    }

    private void PublishController(BrokerMeter meter)
    {
        var (quorum, metadata) = (_parts.Quorum, _parts.Metadata);
        meter.Gauge("akka.broker.controller.active", null, "1 on the node that is the controller.", () => quorum.Status.MayDecide ? 1 : 0);
        meter.Gauge("akka.broker.controller.id", null, "The node that this one takes for the controller; -1: none.", () => quorum.Status.LeaderId);
        meter.Gauge("akka.broker.controller.epoch", null, "The newest epoch of the metadata log that this node has seen.", () => quorum.Status.Epoch);
        meter.Gauge("akka.broker.metadata.offset", null, "The last offset of the metadata log that is applied here.", () => metadata.Current.Offset);
        meter.Gauge("akka.broker.metadata.lag", null, "Committed metadata records that are known and not applied here yet.",
            () => Math.Max(0, quorum.Status.HighWatermark - 1 - metadata.Current.Offset));
        meter.Gauge("akka.broker.brokers", null, "Brokers that are registered, by whether they are fenced.", () => metadata.Current.Brokers.Values
            .GroupBy(b => b.Fenced).Select(b => new Measurement<long>(b.Count(), new KeyValuePair<string, object?>("state", b.Key ? "fenced" : "active"))));
    }

    private PartitionCensus Census
    {
        get
        {
            var image = _parts.Metadata.Current;
            if (_census is { } last && ReferenceEquals(last.Item1, image))
                return last.Item2;
            var census = PartitionCensus.Of(image, _parts.Settings.NodeId, _topics.MinInsyncReplicas);
            _census = Tuple.Create<object, PartitionCensus>(image, census);
            return census;
        }
    }

    private IEnumerable<Measurement<long>> OfflineFolders() =>
        _parts.Logs.Folders.Select(f => new Measurement<long>(f.IsOffline ? 1 : 0, new KeyValuePair<string, object?>("folder", f.Path)));

    private long OfflineLogs() => _parts.Logs.Offline.Count + _parts.Logs.All.Count(l => l.Failure is not null);
}
