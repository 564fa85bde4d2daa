using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

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
        for (var id = 1; id <= brokers; id++)
            Register(id);
    }

    public ConfigResolver Configs { get; }

    public ControllerState State { get; }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    public long Register(int id, bool clean = true, string? rack = null) => Run(State.Register(
        Image, new BrokerRegistration(id, Guid.NewGuid(), Guid.NewGuid(), rack, [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], clean)));

    /// <summary>Commits what was decided and hands on what is answered.</summary>
    public T Run<T>(Decision<T> decision)
    {
        Commit(decision.Records);
        return decision.Response;
    }

    public void Commit(IReadOnlyList<IMessage> records)
    {
        // As a log would: encoded and read again.
        if (records.Count > 0)
        {
            var read = records.Select(r => MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(r, MetadataVersion.Latest)));
            Image = MetadataImageBuilder.Apply(Image, read, Image.Offset + records.Count, _epoch);
        }
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
