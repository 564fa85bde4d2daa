using Akka.Broker.Coordination;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>The group coordinators of one life of a node: one for each partition of <c>__consumer_offsets</c> that it leads.</summary>
internal sealed class GroupHost(NodeLife node)
{
    private readonly SortedDictionary<int, GroupCoordinator> _coordinators = [];

    /// <param name="deleted">The names of topics that are gone since the image before; one that was made again is another one.</param>
    public void OnImage(IReadOnlySet<string> deleted)
    {
        foreach (var (partition, coordinator) in _coordinators.ToList())
        {
            if (coordinator.Leader.IsClosed)
                _coordinators.Remove(partition);
        }
        foreach (var leader in node.Partitions.Leaders)
        {
            if (leader.Id.Topic == InternalTopics.ConsumerOffsets && !_coordinators.ContainsKey(leader.Id.Partition))
                _coordinators[leader.Id.Partition] = new GroupCoordinator(node, leader);
        }
        foreach (var coordinator in _coordinators.Values.Where(_ => deleted.Count > 0))
            coordinator.ForgetTopics(deleted);
    }

    public void Tick()
    {
        foreach (var coordinator in _coordinators.Values)
            coordinator.Tick();
    }

    public void OnRequest(AskGroup ask, Action<object> reply)
    {
        var count = node.Image.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic) ? topic.Partitions.Length : 0;
        if (count > 0 && _coordinators.TryGetValue(OffsetsTopic.PartitionFor(ask.GroupId, count), out var coordinator) && !coordinator.Leader.IsClosed)
            coordinator.OnRequest(ask, reply);
        else
            reply(ask.Command.Fail(ErrorCode.NotCoordinator));
    }
}
