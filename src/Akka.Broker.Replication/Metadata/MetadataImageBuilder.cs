using System.Collections.Immutable;
using System.Globalization;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// Makes the next image from one and the records that follow it in the metadata log. Cheap for few records on a big image and for a whole log at once:
/// what no record touches is shared with the base image. Not thread-safe; use one for one step.
/// A record that contradicts the state before it is a bug of the controller that wrote it and fails an invariant.
/// </summary>
public sealed class MetadataImageBuilder(MetadataImage basis)
{
    private readonly ImmutableSortedDictionary<string, short>.Builder _features = basis.Features.ToBuilder();
    private readonly ImmutableSortedDictionary<int, BrokerImage>.Builder _brokers = basis.Brokers.ToBuilder();
    private readonly ImmutableDictionary<string, TopicImage>.Builder _topics = basis.Topics.ToBuilder();
    private readonly ImmutableDictionary<Guid, TopicImage>.Builder _topicsById = basis.TopicsById.ToBuilder();
    private readonly ImmutableSortedDictionary<string, string>.Builder _clusterConfigs = basis.ClusterConfigs.ToBuilder();
    private readonly ImmutableSortedDictionary<int, ImmutableSortedDictionary<string, string>>.Builder _brokerConfigs = basis.BrokerConfigs.ToBuilder();
    private readonly Dictionary<Guid, TopicDraft> _touched = [];
    private ClientQuotaImage _quotas = basis.ClientQuotas;
    private string _clusterId = basis.ClusterId;
    private long _nextProducerId = basis.NextProducerId;
    private long _offset = basis.Offset;
    private int _epoch = basis.Epoch;

    /// <summary>The base image with all records applied; its offset is the last record's.</summary>
    /// <param name="basis">The image before.</param>
    /// <param name="records">What follows it, in the order of the log.</param>
    /// <param name="lastOffset">The last record's offset.</param>
    /// <param name="epoch">The controller's epoch in which the last record was written.</param>
    public static MetadataImage Apply(MetadataImage basis, IEnumerable<IMessage> records, long lastOffset, int epoch)
    {
        var builder = new MetadataImageBuilder(basis);
        foreach (var record in records)
            builder.Apply(record);
        builder.Advance(lastOffset, epoch);
        return builder.Build();
    }

    public MetadataImageBuilder Apply(IMessage record)
    {
        switch (record)
        {
            case TopicRecord topic: Apply(topic); break;
            case PartitionRecord partition: Draft(partition.TopicId).Add(PartitionImage.From(partition)); break;
            case PartitionChangeRecord change: Draft(change.TopicId).Change(change); break;
            case RemoveTopicRecord removal: Apply(removal); break;
            case ConfigRecord config: Apply(config); break;
            case RegisterBrokerRecord broker: Apply(broker); break;
            case UnregisterBrokerRecord broker: _brokers.Remove(broker.BrokerId); break;
            case BrokerRegistrationChangeRecord change: Apply(change); break;
            case ProducerIdsRecord block: Apply(block); break;
            case FeatureLevelRecord feature: Apply(feature); break;
            case ClusterFormedRecord formed: Apply(formed); break;
            case ClientQuotaRecord quota: Apply(quota); break;
            default: throw new UnsupportedMetadataException($"A {record.GetType().Name} cannot be applied by this build.");
        }
        return this;
    }

    /// <summary>Says where in the log the records so far end.</summary>
    public MetadataImageBuilder Advance(long lastOffset, int epoch)
    {
        Invariant.Check(lastOffset >= _offset);
        Invariant.Check(epoch >= _epoch);
        _offset = lastOffset;
        _epoch = epoch;
        return this;
    }

    public MetadataImage Build()
    {
        foreach (var (id, draft) in _touched)
        {
            var topic = draft.Build();
            _topics[topic.Name] = topic;
            _topicsById[id] = topic;
        }
        _touched.Clear();
        Invariant.Check(_topics.Count == _topicsById.Count);
        var features = _features.ToImmutable();
        return new MetadataImage
        {
            ClusterId = _clusterId,
            Offset = _offset,
            Epoch = _epoch,
            Features = features,
            MetadataVersion = features.GetValueOrDefault(MetadataVersion.FeatureName),
            Brokers = _brokers.ToImmutable(),
            Topics = _topics.ToImmutable(),
            TopicsById = _topicsById.ToImmutable(),
            ClusterConfigs = _clusterConfigs.ToImmutable(),
            BrokerConfigs = _brokerConfigs.ToImmutable(),
            ClientQuotas = _quotas,
            NextProducerId = _nextProducerId,
        };
    }

    private void Apply(TopicRecord record)
    {
        Invariant.Check(!_topics.ContainsKey(record.Name));
        Invariant.Check(!_topicsById.ContainsKey(record.TopicId));
        var topic = new TopicImage(record.Name, record.TopicId, [], TopicImage.NoConfigs);
        _topics.Add(record.Name, topic);
        _topicsById.Add(record.TopicId, topic);
        _touched.Add(record.TopicId, new TopicDraft(topic));
    }

    private void Apply(RemoveTopicRecord record)
    {
        Invariant.Check(_topicsById.TryGetValue(record.TopicId, out var topic));
        _topicsById.Remove(record.TopicId);
        _topics.Remove(topic!.Name);
        _touched.Remove(record.TopicId);
    }

    private void Apply(ConfigRecord record)
    {
        if (record.ResourceType == (sbyte)ConfigResourceType.Topic)
        {
            Invariant.Check(_topics.TryGetValue(record.ResourceName, out var topic));
            var draft = Draft(topic!.Id);
            draft.Configs = With(draft.Configs, record);
        }
        else if (record.ResourceName.Length == 0)
        {
            if (record.Value is null)
                _clusterConfigs.Remove(record.Name);
            else
                _clusterConfigs[record.Name] = record.Value;
        }
        else
        {
            var broker = int.Parse(record.ResourceName, CultureInfo.InvariantCulture);
            var configs = With(_brokerConfigs.TryGetValue(broker, out var set) ? set : TopicImage.NoConfigs, record);
            if (configs.IsEmpty)
                _brokerConfigs.Remove(broker);
            else
                _brokerConfigs[broker] = configs;
        }
    }

    private static ImmutableSortedDictionary<string, string> With(ImmutableSortedDictionary<string, string> configs, ConfigRecord record) =>
        record.Value is null ? configs.Remove(record.Name) : configs.SetItem(record.Name, record.Value);

    private void Apply(RegisterBrokerRecord record)
    {
        Invariant.Check(!_brokers.TryGetValue(record.BrokerId, out var last) || record.BrokerEpoch > last.Epoch);
        _brokers[record.BrokerId] = new BrokerImage(
            record.BrokerId, record.BrokerEpoch, record.IncarnationId, record.DirectoryId, record.Rack,
            [.. record.Endpoints.Select(e => new BrokerEndpoint(e.Listener, e.Host, e.Port, e.SecurityProtocol))], record.Fenced)
        {
            AkkaAddress = record.AkkaAddress,
            MetadataVersionMin = record.MetadataVersionMin,
            MetadataVersionMax = record.MetadataVersionMax,
            MinInsyncReplicas = record.MinInsyncReplicas,
        };
    }

    private void Apply(BrokerRegistrationChangeRecord record)
    {
        Invariant.Check(_brokers.TryGetValue(record.BrokerId, out var broker));
        Invariant.Check(broker!.Epoch == record.BrokerEpoch);
        _brokers[record.BrokerId] = broker with
        {
            Fenced = record.Fenced,
            InControlledShutdown = record.InControlledShutdown,
            OfflineReplicas = record.OfflineReplicas is { } offline
                ? [.. offline.SelectMany(t => t.Partitions.Select(p => new ReplicaId(t.TopicId, p)))]
                : broker.OfflineReplicas,
        };
    }

    private void Apply(ProducerIdsRecord record)
    {
        Invariant.Check(record.NextProducerId > _nextProducerId);
        _nextProducerId = record.NextProducerId;
    }

    private void Apply(FeatureLevelRecord record)
    {
        MetadataVersion.Check(record);
        if (record.FeatureLevel == 0)
            _features.Remove(record.Name);
        else
            _features[record.Name] = record.FeatureLevel;
    }

    private void Apply(ClusterFormedRecord record)
    {
        Invariant.Check(_clusterId.Length == 0 || _clusterId == record.ClusterId);
        _clusterId = record.ClusterId;
    }

    private void Apply(ClientQuotaRecord record)
    {
        if (record.Entity is not [{ EntityType: ClientQuota.ClientIdType } client])
            throw new UnsupportedMetadataException($"A quota of {string.Join(" and ", record.Entity.Select(e => e.EntityType))} cannot be applied by this build.");
        _quotas = _quotas.With(client.EntityName, record.Key, record.Remove ? null : record.Value);
    }

    private TopicDraft Draft(Guid topicId)
    {
        if (_touched.TryGetValue(topicId, out var draft))
            return draft;
        Invariant.Check(_topicsById.TryGetValue(topicId, out var topic));
        return _touched[topicId] = new TopicDraft(topic!);
    }

    private sealed class TopicDraft(TopicImage basis)
    {
        private ImmutableArray<PartitionImage>.Builder? _partitions;

        public ImmutableSortedDictionary<string, string> Configs { get; set; } = basis.Configs;

        private ImmutableArray<PartitionImage>.Builder Partitions => _partitions ??= basis.Partitions.ToBuilder();

        public void Add(PartitionImage partition)
        {
            Invariant.Check(partition.Partition == Partitions.Count);
            Partitions.Add(partition);
        }

        public void Change(PartitionChangeRecord record)
        {
            Invariant.Check(record.PartitionId < Partitions.Count);
            Partitions[record.PartitionId] = Partitions[record.PartitionId].With(record);
        }

        public TopicImage Build() =>
            basis with { Partitions = _partitions?.ToImmutable() ?? basis.Partitions, Configs = Configs };
    }
}
