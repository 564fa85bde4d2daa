using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Topics are made, grown and deleted by the controller.</summary>
internal static class TopicOperations
{
    public static Task<AdminResults<string, CreatedTopic>> CreateAsync(AdminCall call, IEnumerable<NewTopic> topics, bool validateOnly)
    {
        var topicOf = topics.ToDictionary(topic => topic.Name);
        return KeyedCall.RunAsync<string, CreatedTopic>(call, "Creating topic", topicOf.Keys, new ControllerLocator<string>(), async (brokerId, names, answers) =>
        {
            var request = new CreateTopicsRequest
            {
                Topics = [.. names.Select(name => ToCreatable(topicOf[name]))],
                TimeoutMs = call.RequestTimeoutMs,
                ValidateOnly = validateOnly,
            };
            var response = await call.AskAsync<CreateTopicsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Topics)
                answers.Take(topic.Name, topic.ErrorCode, topic.ErrorMessage, () => ToCreated(topic));
        });
    }

    public static Task<AdminResults<string>> DeleteAsync(AdminCall call, IEnumerable<string> topics) =>
        KeyedCall.RunAsync(call, "Deleting topic", topics, new ControllerLocator<string>(), async (brokerId, names, answers) =>
        {
            // Version 5 is the last that names topics without asking for their ids.
            var request = new DeleteTopicsRequest { TopicNames = [.. names], TimeoutMs = call.RequestTimeoutMs };
            var response = await call.AskAsync<DeleteTopicsResponse>(brokerId, request, versionMax: 5).ConfigureAwait(false);
            foreach (var topic in response.Responses)
                answers.Take(topic.Name ?? "", topic.ErrorCode, topic.ErrorMessage, () => true);
        });

    public static Task<AdminResults<string>> CreatePartitionsAsync(AdminCall call, IReadOnlyDictionary<string, NewPartitions> topics, bool validateOnly) =>
        KeyedCall.RunAsync(call, "Adding partitions to topic", topics.Keys, new ControllerLocator<string>(), async (brokerId, names, answers) =>
        {
            var request = new CreatePartitionsRequest
            {
                Topics = [.. names.Select(name => ToGrown(name, topics[name]))],
                TimeoutMs = call.RequestTimeoutMs,
                ValidateOnly = validateOnly,
            };
            var response = await call.AskAsync<CreatePartitionsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Results)
                answers.Take(topic.Name, topic.ErrorCode, topic.ErrorMessage, () => true);
        });

    private static CreateTopicsRequest.CreatableTopic ToCreatable(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Assignments =
        [
            .. (topic.ReplicaAssignment ?? new Dictionary<int, IReadOnlyList<int>>()).Select(assigned =>
                new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = assigned.Key, BrokerIds = [.. assigned.Value] }),
        ],
        Configs = [.. topic.Configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })],
    };

    private static CreatedTopic ToCreated(CreateTopicsResponse.CreatableTopicResult topic) => new(
        topic.TopicId,
        topic.NumPartitions,
        topic.ReplicationFactor,
        [
            .. (topic.Configs ?? []).Select(config => new ConfigEntry(
                config.Name, config.Value, (ConfigSource)config.ConfigSource, config.ReadOnly, config.IsSensitive, ConfigType.Unknown, null, [])),
        ]);

    private static CreatePartitionsRequest.CreatePartitionsTopic ToGrown(string name, NewPartitions partitions) => new()
    {
        Name = name,
        Count = partitions.TotalCount,
        Assignments = partitions.Assignments is { } assignments
            ? [.. assignments.Select(brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. brokers] })]
            : null,
    };
}
