using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Simulation.Faults;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Carries what a node does when logs fail: gives up what it leads and follows there, and tells the controller until the metadata shows it.</summary>
internal sealed class OfflineReporter
{
    private const int GatheringMs = 20;

    private readonly NodeLife _node;
    private bool _isGivingUp;
    private bool _isAsking;

    public OfflineReporter(NodeLife node)
    {
        _node = node;
        node.Logs.Failed += OnFailed;
    }

    /// <summary>Now and then, since a report may be lost and a controller may be a new one.</summary>
    public void Report()
    {
        if (_isAsking || !_node.IsRegisteredIn(_node.Image) || _node.World.Has(Mutation.OfflineNotReported))
            return;
        var reasons = new SortedSet<string>(StringComparer.Ordinal);
        var lost = LostReplicas.Find(_node.Logs, _node.Image, _node.Id, reasons);
        if (lost.TrueForAll(l => _node.Image.IsOffline(_node.Id, l.TopicId, l.Partition)))
            return;
        _isAsking = true;
        _node.AskController(new OfflineReport(_node.Id, _node.BrokerEpoch, [.. lost], string.Join("; ", reasons)), _ => _isAsking = false);
    }

    /// <summary>In the middle of what has failed: what follows is an event of its own.</summary>
    private void OnFailed()
    {
        if (_isGivingUp)
            return;
        _isGivingUp = true;
        _node.After(0, () =>
        {
            _isGivingUp = false;
            _node.Partitions.OnImage(_node.Image);
        });
        _node.After(GatheringMs, Report);
    }
}
