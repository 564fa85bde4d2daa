using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>CreatePartitions. One topic's refusal does not touch the others of the request.</summary>
internal sealed class PartitionAdder(MetadataImage image, ControllerDefaults defaults, Random random)
{
    private readonly ReplicaPlacement _placement = new(image, random);
    private readonly ClusterLimits _limits = new(image, defaults);
    private readonly List<IMessage> _records = [];

    public Decision<CreatePartitionsResponse> Add(CreatePartitionsRequest request)
    {
        var response = new CreatePartitionsResponse();
        var doubled = request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var name in doubled)
            response.Results.Add(new() { Name = name, ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = $"Topic '{name}' is in the request more than once." });
        foreach (var asked in request.Topics.Where(t => !doubled.Contains(t.Name)))
        {
            var result = new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = asked.Name };
            response.Results.Add(result);
            try
            {
                Add(asked);
            }
            catch (RefusedException refused)
            {
                result.ErrorCode = refused.Refusal.Error;
                result.ErrorMessage = refused.Refusal.Message;
            }
        }
        return new Decision<CreatePartitionsResponse>(request.ValidateOnly ? [] : _records, response);
    }

    private void Add(CreatePartitionsRequest.CreatePartitionsTopic asked)
    {
        if (!image.TryGetTopic(asked.Name, out var topic))
            throw new RefusedException(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{asked.Name}'.");
        if (topic.IsInternal)
            throw new RefusedException(ErrorCode.InvalidRequest, $"The partitions of '{asked.Name}' are fixed: what is kept in it is found by their number.");
        var last = topic.Partitions.Length;
        if (asked.Count <= last)
            throw new RefusedException(ErrorCode.InvalidPartitions, $"Topic '{asked.Name}' has {last} partitions and is to have {asked.Count}; allowed: more than it has.");
        var more = asked.Count - last;
        if (more > defaults.PartitionsPerRequestMax - _records.Count)
            throw new RefusedException(ErrorCode.PolicyViolation, $"The request creates more than {defaults.PartitionsPerRequestMax} partitions, which is allowed at once.");
        if (asked.Assignments is { } assigned && assigned.Count != more)
            throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"{more} partitions are added to '{asked.Name}', but {assigned.Count} assigned.");
        var factor = topic.Partitions[0].TargetReplicas.Length;
        if (asked.Assignments is null)
            TopicCreator.CheckFactor(_placement, factor);
        var replicas = asked.Assignments?.Select((a, i) => Assigned(a.BrokerIds, last + i, factor)).ToList()
            ?? [.. Enumerable.Range(0, more).Select(_ => _placement.Next(factor))];
        _limits.Add(asked.Name, 0, more);
        for (var i = 0; i < more; i++)
            _records.Add(TopicCreator.NewPartition(image, topic.Id, last + i, replicas[i]));
    }

    private int[] Assigned(int[] replicas, int partition, int factor)
    {
        TopicCreator.CheckReplicas(image, partition, replicas);
        return replicas.Length == factor
            ? replicas
            : throw new RefusedException(ErrorCode.InvalidReplicaAssignment, $"Partition {partition} is assigned to {replicas.Length} brokers; the topic has {factor} replicas.");
    }
}
