using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Tests.Replicas;

/// <summary>
/// Brokers in one process, each with its logs on a memory disk, its own actor system and a gateway on a free port, and one controller whose decisions reach every node at
/// once, or when the test says so. One topic "t" with one partition, which broker 1 leads at first.
/// </summary>
internal sealed class ReplicaCluster : IAsyncDisposable
{
    public const string Topic = "t";
    private readonly Lock _gate = new();
    private readonly ConfigResolver _configs = new(1, []);
    private readonly ControllerState _state;
    private readonly HashSet<int> _deaf = [];

    /// <param name="brokers">How many.</param>
    /// <param name="minInSync">Of the topic.</param>
    /// <param name="lagTimeMaxMs">After how long a follower that has not all leaves the ISR.</param>
    /// <param name="isRackAware">Whether consumers are sent to the replica in their rack.</param>
    /// <param name="lagTime">By which followers lag. With a test's own they do when it says so, and not because the machine is busy.</param>
    public ReplicaCluster(int brokers = 3, int minInSync = 1, long lagTimeMaxMs = 30_000, bool isRackAware = false, TimeProvider? lagTime = null)
    {
        MinInSync = minInSync;
        _state = new ControllerState(new ControllerDefaults(), _configs, new Random(1));
        Commit(ControllerState.Form("AAAAAAAAAAAAAAAAAAAAAQ"));
        Nodes = [.. Enumerable.Range(1, brokers).Select(id => new ReplicaNode(id, this, lagTimeMaxMs, isRackAware, lagTime ?? TimeProvider.System))];
        foreach (var node in Nodes)
            Register(node);
        Id = new TopicIdPartition(Guid.Parse("11111111-2222-3333-4444-555555555555"), Topic, 0);
        int[] all = [.. Nodes.Select(n => n.Id)];
        Commit(
        [
            new TopicRecord { Name = Topic, TopicId = Id.TopicId },
            new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = Topic, Name = "min.insync.replicas", Value = $"{minInSync}" },
            new PartitionRecord { TopicId = Id.TopicId, PartitionId = 0, Replicas = all, Isr = all, Leader = 1 },
        ]);
        Eventually(() => this[1].Leading is { IsClosed: false }, "1 leads");
    }

    public int MinInSync { get; }

    public IReadOnlyList<ReplicaNode> Nodes { get; }

    public TopicIdPartition Id { get; }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    public PartitionImage Partition => Image.TopicsById[Id.TopicId].Partitions[0];

    public ReplicaNode this[int broker] => Nodes[broker - 1];

    public AlterPartitionResponse Alter(AlterPartitionRequest request)
    {
        lock (_gate)
        {
            var decision = _state.AlterPartition(Image, request);
            Commit(decision.Records);
            return decision.Response;
        }
    }

    public void Register(ReplicaNode node)
    {
        lock (_gate)
        {
            var registration = new BrokerRegistration(
                node.Id, Guid.NewGuid(), new Guid(node.Id, 0, 0, new byte[8]), node.Rack, [node.InterBrokerEndpoint], WasCleanStop: true);
            var decision = _state.Register(Image, registration, fenced: false);
            Commit(decision.Records);
        }
    }

    /// <summary>Any of those in sync at that moment: the ISR may change between a look at it and a decision.</summary>
    public void LeadAnyInSync(Random random)
    {
        lock (_gate)
            Lead(Partition.Isr[random.Next(Partition.Isr.Length)]);
    }

    public void Lead(int broker) => Commit([new PartitionChangeRecord { TopicId = Id.TopicId, PartitionId = 0, Leader = broker }]);

    public void LeadUncleanly(int broker) => Commit(
        [new PartitionChangeRecord { TopicId = Id.TopicId, PartitionId = 0, Leader = broker, Isr = [broker], UncleanEpoch = Partition.LeaderEpoch + 1 }]);

    /// <summary>These nodes hear nothing of what is decided from now on.</summary>
    public void Deafen(params int[] brokers) => _deaf.UnionWith(brokers);

    public void Undeafen()
    {
        lock (_gate)
        {
            _deaf.Clear();
            foreach (var node in Nodes)
                node.Learn(Image);
        }
    }

    public void Commit(IReadOnlyList<IMessage> records)
    {
        lock (_gate)
        {
            if (records.Count == 0)
                return;
            Image = MetadataImageBuilder.Apply(Image, records, Image.Offset + records.Count, epoch: 1);
            foreach (var node in Nodes ?? [])
            {
                if (!_deaf.Contains(node.Id))
                    node.Learn(Image);
            }
        }
    }

    public static void Eventually(Func<bool> condition, string what = "") =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)), $"In vain: {what}");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
    }
}
