using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>A controller's decisions carried out one after the other on an image, without a log.</summary>
internal sealed class ControllerTestContext
{
    private int _epoch = 1;

    public ControllerTestContext(int brokers = 1, IReadOnlyList<StaticConfig>? staticConfigs = null, ControllerDefaults? defaults = null)
    {
        Configs = new ConfigResolver(1, staticConfigs ?? []);
        State = new ControllerState(defaults ?? new ControllerDefaults(), Configs, new Random(1));
        Commit(ControllerState.Form("AAAAAAAAAAAAAAAAAAAAAQ"));
        Assert.Equal(MetadataVersion.Latest, Image.MetadataVersion);
        for (var id = 1; id <= brokers; id++)
            Register(id);
    }

    public ConfigResolver Configs { get; }

    public ControllerState State { get; }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    /// <summary>What the last decision had to say.</summary>
    public IReadOnlyList<DecisionLine> Lines { get; private set; } = [];

    /// <summary>The broker comes back on its disk.</summary>
    public long Register(int id, bool clean = true, string? rack = null, bool fenced = false, int min = 1, int disk = 0, long? mark = null, ReplicaLogEnd[]? ends = null)
    {
        var result = TryRegister(id, clean, rack, fenced, min, disk, mark, ends);
        Assert.Equal(ErrorCode.None, result.Error);
        return result.BrokerEpoch;
    }

    public RegistrationResult TryRegister(int id, bool clean = true, string? rack = null, bool fenced = false, int min = 1, int disk = 0, long? mark = null, ReplicaLogEnd[]? ends = null) => Run(State.Register(
        Image,
        new BrokerRegistration(
            id, Guid.NewGuid(), new Guid(id, (short)disk, 0, new byte[8]), rack, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], clean)
        {
            AkkaAddress = $"akka.tcp://broker@localhost:{4000 + id}",
            MinInsyncReplicas = min,
            CleanStopEpoch = mark,
            LogEnds = [.. ends ?? []],
        },
        fenced));

    public void Fence(int id) => Assert.True(Run(State.Fence(Image, id, "its session has ended")));

    public void Unfence(int id) => Assert.True(Run(State.Unfence(Image, id, Image.Brokers[id].Epoch)));

    public PartitionImage Partition(string topic, int partition = 0) => Image.Topics[topic].Partitions[partition];

    /// <summary>Leader, ISR and ELR as text: <c>1 [1 2] (3)</c>.</summary>
    public string Shape(string topic, int partition = 0)
    {
        var p = Partition(topic, partition);
        return $"{p.Leader} [{string.Join(" ", p.Isr)}] ({string.Join(" ", p.Elr)})";
    }

    /// <summary>AlterPartition by the leader, with the members' present epochs where none is given.</summary>
    public AlterPartitionResponse.AlterPartitionPartitionResult AlterIsr(string topic, params int[] isr) => AlterIsr(topic, Partition(topic).Leader, isr);

    public AlterPartitionResponse.AlterPartitionPartitionResult AlterIsr(string topic, int asker, int[] isr, int? leaderEpoch = null, int? partitionEpoch = null)
    {
        var p = Partition(topic);
        var response = Run(State.AlterPartition(Image, new AlterPartitionRequest
        {
            BrokerId = asker,
            BrokerEpoch = Image.Brokers[asker].Epoch,
            Topics =
            [
                new()
                {
                    TopicId = Image.Topics[topic].Id,
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = 0,
                            LeaderEpoch = leaderEpoch ?? p.LeaderEpoch,
                            PartitionEpoch = partitionEpoch ?? p.PartitionEpoch,
                            NewIsrWithEpochs = [.. isr.Select(b => new AlterPartitionRequest.IsrMember { BrokerId = b, BrokerEpoch = Image.Brokers.TryGetValue(b, out var r) ? r.Epoch : -1 })],
                        },
                    ],
                },
            ],
        }));
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return Assert.Single(Assert.Single(response.Topics).Partitions);
    }

    /// <summary>Commits what was decided and hands on what is answered.</summary>
    public T Run<T>(Decision<T> decision)
    {
        Commit(decision.Records);
        Lines = decision.Lines;
        return decision.Response;
    }

    public void Commit(IReadOnlyList<IMessage> records)
    {
        // As a log would: encoded and read again.
        if (records.Count > 0)
        {
            var read = records.Select(r => MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(r, Image.MetadataVersion == 0 ? MetadataVersion.Initial : Image.MetadataVersion)));
            Image = MetadataImageBuilder.Apply(Image, read, Image.Offset + records.Count, _epoch);
        }
    }

    /// <summary>A cluster as the first release formed it.</summary>
    public static ControllerTestContext OfLevel1(int brokers)
    {
        var context = new ControllerTestContext(0);
        context.Image = MetadataImageBuilder.Apply(
            MetadataImage.Empty, [new FeatureLevelRecord { Name = MetadataVersion.FeatureName, FeatureLevel = MetadataVersion.Initial }], 0, 1);
        for (var id = 1; id <= brokers; id++)
            context.Register(id);
        return context;
    }

    public void NextEpoch() => _epoch++;

    public CreateTopicsResponse.CreatableTopicResult Create(
        string name, int partitions = -1, short factor = -1, (string Name, string? Value)[]? configs = null, int[][]? assigned = null, bool validateOnly = false) =>
        Assert.Single(Run(State.CreateTopics(Image, new CreateTopicsRequest
        {
            ValidateOnly = validateOnly,
            Topics =
            [
                new()
                {
                    Name = name,
                    NumPartitions = partitions,
                    ReplicationFactor = factor,
                    Configs = [.. (configs ?? []).Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })],
                    Assignments = [.. (assigned ?? []).Select((ids, i) => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = i, BrokerIds = ids })],
                },
            ],
        })).Topics);
}
