using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>An operator: makes the topics, and while faults happen alters settings, moves replicas, changes voters, elects preferred leaders.</summary>
internal sealed class Admin(World world, int address, IReadOnlyList<TopicPlan> topics) : SimClient(world, address)
{
    private readonly HashSet<long> _producerIds = [];
    private int _created;

    /// <summary>All topics exist.</summary>
    public bool IsReady => _created == topics.Count;

    public override void Start() => After(200, Create);

    /// <summary>Something to do at random.</summary>
    public void Act()
    {
        switch (Random.Next(3))
        {
            case 0:
                AlterMinInSync();
                break;
            case 1:
                Ask(AnyNode(), new ForController(new ElectLeadersRequest { ElectionType = 0, TopicPartitions = null }), _ => { });
                break;
            case 2:
                AllocateProducerIds();
                break;
            default:
                Reassign();
                break;
        }
        Refresh();
    }

    /// <summary>Whoever was in sync has another disk now: what is left is served.</summary>
    public void ElectUncleanly(TopicPartition partition) => Ask(
        AnyNode(),
        new ForController(new ElectLeadersRequest { ElectionType = 1, TopicPartitions = [new() { Topic = partition.Topic, Partitions = [partition.Partition] }] }),
        _ => { });

    private void Create()
    {
        Refresh();
        while (_created < topics.Count && Image.TryGetTopic(topics[_created].Name, out _))
            _created++;
        if (IsReady)
            return;
        if (Image.Brokers.Values.Count(b => !b.Fenced) < Math.Min(3, World.Nodes.Count))
        {
            After(100, Create);
            return;
        }
        var plan = topics[_created];
        var configs = new List<CreateTopicsRequest.CreatableTopicConfig> { new() { Name = TopicConfig.MinInsyncReplicas, Value = $"{plan.MinInSyncReplicas}" } };
        if (plan.SyncsEachBatch)
            configs.Add(new() { Name = World.FlushMessages, Value = "1" });
        var request = new CreateTopicsRequest
        {
            Topics = [new() { Name = plan.Name, NumPartitions = plan.Partitions, ReplicationFactor = plan.ReplicationFactor, Configs = configs }],
        };
        Ask(AnyNode(), new ForController(request), reply =>
        {
            if (reply is CreateTopicsResponse response)
                World.Trace.Say($"c{Address}: create {plan.Name}: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
            After(50, Create);
        });
    }

    private void AlterMinInSync()
    {
        var plan = topics[Random.Next(topics.Count)];
        var value = 1 + Random.Next(plan.ReplicationFactor);
        World.Trace.Say($"c{Address}: min.insync.replicas of {plan.Name} becomes {value}");
        Ask(AnyNode(), new ForController(new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new()
                {
                    ResourceType = (sbyte)ConfigResourceType.Topic,
                    ResourceName = plan.Name,
                    Configs = [new() { Name = TopicConfig.MinInsyncReplicas, ConfigOperation = 0, Value = $"{value}" }],
                },
            ],
        }), _ => { });
    }

    private void AllocateProducerIds()
    {
        var node = World.Nodes[Random.Next(World.Nodes.Count)];
        if (node.Life is not { IsAlive: true, BrokerEpoch: >= 0 } life)
            return;
        life.AskController(new GiveProducerIds(life.Id, life.BrokerEpoch), reply =>
        {
            if (reply is long first && !_producerIds.Add(first))
                throw new InvariantBrokenException($"the block of producer ids from {first} on was given out twice");
        });
    }

    private void Reassign()
    {
        if (AnyPartition() is not { } id || !Image.TryGetPartition(id, out var partition) || World.Nodes.Count < 4)
            return;
        var nodes = Image.Brokers.Keys.ToArray();
        Random.Shuffle(nodes);
        var target = nodes[..Math.Min(partition.Replicas.Length, nodes.Length)];
        World.Counters.Reassignments++;
        World.Trace.Say($"c{Address}: {id.TopicPartition} moves from [{string.Join(",", partition.Replicas)}] to [{string.Join(",", target)}]");
        Ask(AnyNode(), new ForController(new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = id.Topic, Partitions = [new() { PartitionIndex = id.Partition, Replicas = Random.Next(6) == 0 ? null : target }] }],
        }), _ => { });
    }
}

/// <summary>A topic of the run.</summary>
internal sealed record TopicPlan(string Name, int Partitions, short ReplicationFactor, int MinInSyncReplicas, bool SyncsEachBatch);
