using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>
/// An operator: makes the topics, and makes them again when they are gone; while faults happen alters settings, moves replicas, elects preferred leaders, deletes.
/// </summary>
internal sealed class Admin(World world, int address, IReadOnlyList<TopicPlan> topics) : SimClient(world, address)
{
    private const int LookMs = 100;

    private readonly HashSet<long> _producerIds = [];
    private readonly HashSet<string> _deleted = [];
    private bool _isCreating;

    /// <summary>All topics exist.</summary>
    public bool IsReady => topics.All(t => World.Metadata.Image.TryGetTopic(t.Name, out _));

    public override void Start() => After(2 * LookMs, Look);

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
            default:
                AllocateProducerIds();
                break;
        }
        Refresh();
    }

    /// <summary>Moves a partition to other brokers, changes or ends the move that is under way.</summary>
    public void Move()
    {
        Refresh();
        var all = Image.TopicsById.Values.OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(t => t.Partitions.Select(p => (Topic: t, Partition: p))).ToList();
        if (all.Count == 0)
            return;
        // One that moves already is the more interesting one.
        var moving = all.FindAll(p => p.Partition.IsMoving);
        var (topic, partition) = moving.Count > 0 && Random.Next(4) > 0 ? moving[Random.Next(moving.Count)] : all[Random.Next(all.Count)];
        var target = partition.IsMoving && Random.Next(2) == 0 ? null : Target(topic, partition);
        World.Trace.Say($"c{Address}: {topic.Name}-{partition.Partition} is to move from [{string.Join(",", partition.Replicas)}] to [{(target is null ? "where it was" : string.Join(",", target))}]");
        Ask(AnyNode(), new ForController(new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = partition.Partition, Replicas = target }] }],
        }), reply =>
        {
            if (reply is AlterPartitionReassignmentsResponse { Responses: [{ Partitions: [var answer] }] })
                World.Trace.Say($"c{Address}: {topic.Name}-{partition.Partition}: {answer.ErrorCode} {answer.ErrorMessage}");
            if (Random.Next(3) == 0)
                After(Random.Next(60), Move);
        });
    }

    /// <summary>Deletes a topic that may go; it is made again soon.</summary>
    public void DeleteTopic()
    {
        Refresh();
        var there = topics.Where(t => t.MayGo && Image.TryGetTopic(t.Name, out _)).ToList();
        if (there.Count == 0)
            return;
        var plan = there[Random.Next(there.Count)];
        World.Trace.Say($"c{Address}: {plan.Name} is deleted");
        // By its id: asked late, it must not take the next one of that name.
        Ask(AnyNode(), new ForController(new DeleteTopicsRequest { Topics = [new() { Name = null, TopicId = Image.Topics[plan.Name].Id }] }), _ => Refresh());
        _deleted.Add(plan.Name);
    }

    /// <summary>Whoever was in sync has another disk now: what is left is served.</summary>
    public void ElectUncleanly(TopicPartition partition)
    {
        World.Faults.Count(FaultKind.UncleanElection);
        Ask(
            AnyNode(),
            new ForController(new ElectLeadersRequest { ElectionType = 1, TopicPartitions = [new() { Topic = partition.Topic, Partitions = [partition.Partition] }] }),
            _ => { });
    }

    private void Look()
    {
        Refresh();
        After(IsReady ? 4 * LookMs : LookMs, Look);
        if (!_isCreating && Image.Brokers.Values.Count(b => !b.Fenced) >= 3 && topics.FirstOrDefault(t => !Image.TryGetTopic(t.Name, out _)) is { } missing)
            Create(missing);
    }

    private void Create(TopicPlan plan)
    {
        _isCreating = true;
        var configs = new List<CreateTopicsRequest.CreatableTopicConfig> { new() { Name = TopicConfig.MinInsyncReplicas, Value = $"{plan.MinInSyncReplicas}" } };
        if (plan.SyncsEachBatch)
            configs.Add(new() { Name = World.FlushMessages, Value = "1" });
        var request = new CreateTopicsRequest
        {
            Topics = [new() { Name = plan.Name, NumPartitions = plan.Partitions, ReplicationFactor = plan.ReplicationFactor, Configs = configs }],
        };
        Ask(AnyNode(), new ForController(request), reply =>
        {
            _isCreating = false;
            Refresh();
            if (reply is not CreateTopicsResponse response)
                return;
            World.Trace.Say($"c{Address}: create {plan.Name}: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
            if (response.Topics[0].ErrorCode == ErrorCode.None && _deleted.Contains(plan.Name))
                World.Faults.Count(FaultKind.TopicMadeAgain);
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

    private int[] Target(TopicImage topic, PartitionImage partition)
    {
        var nodes = Image.Brokers.Keys.ToArray();
        Random.Shuffle(nodes);
        var count = partition.TargetReplicas.Length;
        // Some grow or shrink; in the end each has what it was made with, or what is left of that.
        if (Random.Next(5) == 0)
            count = Math.Clamp(count + (Random.Next(2) == 0 ? 1 : -1), 2, 4);
        return nodes[..Math.Min(count, nodes.Length)];
    }
}

/// <summary>A topic of the run; one that may go is deleted now and then, and made again.</summary>
internal sealed record TopicPlan(string Name, int Partitions, short ReplicationFactor, int MinInSyncReplicas, bool SyncsEachBatch, bool MayGo = false);
