using System.Globalization;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>CreateTopics: one topic's refusal does not touch the others of the request.</summary>
internal sealed class TopicCreator
{
    private readonly MetadataImage _image;
    private readonly ControllerDefaults _defaults;
    private readonly ConfigResolver _configs;
    private readonly Random _random;
    private readonly ReplicaPlacement _placement;
    private readonly ClusterLimits _limits;
    private readonly Dictionary<string, string> _taken = new(StringComparer.Ordinal);
    private readonly List<IMessage> _records = [];
    private int _partitions;

    public TopicCreator(MetadataImage image, ControllerDefaults defaults, ConfigResolver configs, Random random)
    {
        _image = image;
        _defaults = defaults;
        _configs = configs;
        _random = random;
        _placement = new ReplicaPlacement(image, random);
        _limits = new ClusterLimits(image, defaults);
        foreach (var name in image.Topics.Keys.Where(TopicNames.MayCollide))
            _taken[TopicNames.CollisionKey(name)] = name;
    }

    public Decision<CreateTopicsResponse> Create(CreateTopicsRequest request)
    {
        var response = new CreateTopicsResponse();
        var doubled = request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var name in doubled)
            response.Topics.Add(Refused(name, new Refusal(ErrorCode.InvalidRequest, $"Topic '{name}' is in the request more than once.")));
        foreach (var topic in request.Topics.Where(t => !doubled.Contains(t.Name)))
        {
            try
            {
                response.Topics.Add(Create(topic, request.ValidateOnly));
            }
            catch (RefusedException refused)
            {
                response.Topics.Add(Refused(topic.Name, refused.Refusal));
            }
        }
        return new Decision<CreateTopicsResponse>(request.ValidateOnly ? [] : _records, response);
    }

    private static CreateTopicsResponse.CreatableTopicResult Refused(string name, Refusal refusal) =>
        new() { Name = name, ErrorCode = refusal.Error, ErrorMessage = refusal.Message, TopicConfigErrorCode = ErrorCode.None };

    private CreateTopicsResponse.CreatableTopicResult Create(CreateTopicsRequest.CreatableTopic topic, bool validateOnly)
    {
        CheckName(topic.Name);
        var configs = Configs(topic);
        var replicas = topic.Assignments.Count > 0 ? ManualReplicas(topic) : PlacedReplicas(topic);
        _partitions += replicas.Count;
        if (_partitions > _defaults.PartitionsPerRequestMax)
        {
            throw new RefusedException(
                ErrorCode.PolicyViolation, $"The request creates {_partitions} partitions or more; allowed: {_defaults.PartitionsPerRequestMax} a request.");
        }
        _limits.Add(topic.Name, 1, replicas.Count);
        _taken[TopicNames.CollisionKey(topic.Name)] = topic.Name;

        var id = NewTopicId();
        _records.Add(new TopicRecord { Name = topic.Name, TopicId = id });
        for (var p = 0; p < replicas.Count; p++)
            _records.Add(NewPartition(_image, id, p, replicas[p]));
        foreach (var (name, value) in configs)
            _records.Add(new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = topic.Name, Name = name, Value = value });
        return new CreateTopicsResponse.CreatableTopicResult
        {
            Name = topic.Name,
            TopicId = validateOnly ? Guid.Empty : id,
            NumPartitions = replicas.Count,
            ReplicationFactor = (short)replicas[0].Length,
            Configs = Describe(new TopicImage(topic.Name, id, [], TopicImage.NoConfigs.AddRange(configs))),
        };
    }

    /// <summary>A partition with its first active replica leading; the active ones are in sync, since there is nothing to lack.</summary>
    public static PartitionRecord NewPartition(MetadataImage image, Guid topicId, int partition, int[] replicas)
    {
        var active = Array.FindAll(replicas, image.IsActive);
        return new PartitionRecord { TopicId = topicId, PartitionId = partition, Replicas = replicas, Isr = active, Leader = active[0] };
    }

    /// <summary>Whether new partitions of so many replicas can be placed.</summary>
    public static void CheckFactor(ReplicaPlacement placement, int factor)
    {
        if (factor < 1)
            throw new RefusedException(ErrorCode.InvalidReplicationFactor, $"Replication factor is {factor}; allowed: larger than 0, or -1 for the broker's default.");
        if (placement.ActiveCount == 0)
            throw new RefusedException(ErrorCode.InvalidReplicationFactor, "Unable to replicate the partition: all brokers are currently fenced.");
        if (factor > placement.BrokerCount)
        {
            throw new RefusedException(
                ErrorCode.InvalidReplicationFactor,
                $"Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be reached because only "
                + $"{placement.BrokerCount} broker(s) are registered.");
        }
    }

    /// <summary>A replica list that somebody wrote: brokers that are there, each once, one of them active.</summary>
    public static int[] CheckReplicas(MetadataImage image, int partition, int[] replicas)
    {
        if (replicas.Length == 0)
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"Partition {partition} is assigned to no broker.");
        if (replicas.Distinct().Count() != replicas.Length)
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"Partition {partition} is assigned to a broker more than once: {string.Join(", ", replicas)}.");
        foreach (var replica in replicas.Where(r => !image.Brokers.ContainsKey(r)))
        {
            throw new RefusedException(
                ErrorCode.InvalidReplicaAssignment, $"Partition {partition} is assigned to broker {replica}; there are {string.Join(", ", image.Brokers.Keys)}.");
        }
        if (!Array.Exists(replicas, image.IsActive))
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"Partition {partition} is assigned to fenced brokers only: {string.Join(", ", replicas)}.");
        return replicas;
    }

    private void CheckName(string name)
    {
        if (TopicNames.Refuse(name) is { } refusal)
            throw new RefusedException(ErrorCode.InvalidTopicException, refusal);
        if (_image.Topics.ContainsKey(name))
            throw new RefusedException(ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");
        if (_taken.TryGetValue(TopicNames.CollisionKey(name), out var other))
            throw new RefusedException(ErrorCode.InvalidTopicException, $"Topic '{name}' differs from topic '{other}' in '.' and '_' alone, which is not allowed.");
    }

    private List<KeyValuePair<string, string>> Configs(CreateTopicsRequest.CreatableTopic topic)
    {
        var configs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (topic.Name == InternalTopics.ConsumerOffsets)
        {
            configs[TopicConfig.CleanupPolicy] = "compact";
            configs[TopicConfig.SegmentBytes] = _defaults.OffsetsTopicSegmentBytes.ToString(CultureInfo.InvariantCulture);
        }
        foreach (var config in topic.Configs)
        {
            if (!TopicConfig.TryGet(config.Name, out var definition))
                throw new RefusedException(ErrorCode.InvalidConfig, $"'{config.Name}' is not a topic setting of this broker.");
            if (definition.Refuse(config.Value) is { } refusal)
                throw new RefusedException(ErrorCode.InvalidConfig, refusal);
            configs[config.Name] = config.Value!;
        }
        return [.. configs];
    }

    private List<int[]> ManualReplicas(CreateTopicsRequest.CreatableTopic topic)
    {
        if (topic.NumPartitions != -1 || topic.ReplicationFactor != -1)
        {
            throw new RefusedException(
                ErrorCode.InvalidRequest, "With replicas assigned by hand, the counts of partitions and replicas follow from them: both must be -1.");
        }
        var replicas = new List<int[]>();
        foreach (var assignment in topic.Assignments.OrderBy(a => a.PartitionIndex))
        {
            if (assignment.PartitionIndex != replicas.Count)
                throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"Partitions must be assigned from 0 on without a gap; {replicas.Count} is missing or doubled.");
            replicas.Add(CheckReplicas(_image, assignment.PartitionIndex, assignment.BrokerIds));
            if (replicas[^1].Length != replicas[0].Length)
            {
                throw new RefusedException(
                    ErrorCode.InvalidReplicaAssignment, $"Partition {assignment.PartitionIndex} has {replicas[^1].Length} replicas, partition 0 has {replicas[0].Length}; all must have the same.");
            }
        }
        return replicas;
    }

    private List<int[]> PlacedReplicas(CreateTopicsRequest.CreatableTopic topic)
    {
        var isOffsets = topic.Name == InternalTopics.ConsumerOffsets;
        var partitions = topic.NumPartitions == -1 ? isOffsets ? _defaults.OffsetsTopicPartitions : _defaults.NumPartitions : topic.NumPartitions;
        if (partitions < 1)
            throw new RefusedException(ErrorCode.InvalidPartitions, $"The topic is to have {partitions} partitions; allowed: at least 1, or -1 for the broker's default.");
        if (partitions > _defaults.PartitionsPerRequestMax)
        {
            throw new RefusedException(
                ErrorCode.PolicyViolation, $"The topic is to have {partitions} partitions; allowed: {_defaults.PartitionsPerRequestMax} a request.");
        }
        var factor = topic.ReplicationFactor != -1 ? topic.ReplicationFactor
            : isOffsets ? Math.Min((int)_defaults.OffsetsTopicReplicationFactor, Math.Max(_placement.ActiveCount, 1)) : _defaults.ReplicationFactor;
        CheckFactor(_placement, factor);
        return [.. Enumerable.Range(0, partitions).Select(_ => _placement.Next(factor))];
    }

    private List<CreateTopicsResponse.CreatableTopicConfigs> Describe(TopicImage topic)
    {
        var configs = new List<CreateTopicsResponse.CreatableTopicConfigs>(TopicConfig.All.Count);
        foreach (var definition in TopicConfig.All)
        {
            var layer = _configs.LayersOf(_image, topic, definition)[0];
            configs.Add(new() { Name = definition.Name, Value = layer.Value, ConfigSource = (sbyte)layer.Source });
        }
        return configs;
    }

    private Guid NewTopicId()
    {
        Span<byte> bytes = stackalloc byte[16];
        while (true)
        {
            _random.NextBytes(bytes);
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            var id = new Guid(bytes, bigEndian: true);
            if (!_image.TopicsById.ContainsKey(id))
                return id;
        }
    }
}
