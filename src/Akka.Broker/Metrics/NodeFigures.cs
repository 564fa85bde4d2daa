using Akka.Broker.Controller;
using Akka.Broker.Gateway;

namespace Akka.Broker.Metrics;

/// <summary>
/// What a node counts from its start on, on its hot paths: plain counters, with which a node lives whether or not anybody reads them.
/// What can be read off other parts when somebody asks is added by <see cref="NodeGauges"/>.
/// </summary>
internal sealed class NodeFigures : IFigures
{
    public NodeFigures(int nodeId, MetadataCache metadata, TimeProvider time)
    {
        Requests = new RequestFigures(time);
        Topics = new TopicFiguresTable(name => metadata.Current.Topics.ContainsKey(name));
        Isr = new IsrFigures(nodeId);
        Syncs = new HistogramFamily("akka.broker.log.flush.duration", "Time that a sync took which appends waited for.", time);
        Sync = Syncs.Add();
        metadata.Changed += Isr.OnChanged;
    }

    public RequestFigures Requests { get; }

    public TopicFiguresTable Topics { get; }

    public IsrFigures Isr { get; }

    public HistogramFamily Syncs { get; }

    public LatencyHistogram Sync { get; }

    /// <summary>Of leaders of partitions here.</summary>
    public InFlight PartitionAsks { get; } = new();

    /// <summary>Of group coordinators here.</summary>
    public InFlight GroupAsks { get; } = new();

    /// <summary>Of the controller, wherever it is.</summary>
    public InFlight ControllerAsks { get; } = new();

    public void PublishTo(BrokerMeter meter)
    {
        Requests.PublishTo(meter);
        Topics.PublishTo(meter);
        Isr.PublishTo(meter);
        meter.Gauge("akka.broker.actor.asks", null, "Questions that this node has asked actors and that are not answered: in their mailboxes or in work.",
            () => [PartitionAsks.Measure("partition"), GroupAsks.Measure("group"), ControllerAsks.Measure("controller")]);
    }
}
