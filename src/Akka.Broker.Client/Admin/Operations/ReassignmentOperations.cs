using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Where replicas are and which of them lead: the controller's decisions.</summary>
internal static class ReassignmentOperations
{
    public static Task<AdminResults<TopicPartition>> AlterAsync(AdminCall call, IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>?> targets) =>
        KeyedCall.RunAsync(call, "Reassigning", targets.Keys, new ControllerLocator<TopicPartition>(), async (brokerId, partitions, answers) =>
        {
            var request = new AlterPartitionReassignmentsRequest
            {
                TimeoutMs = call.RequestTimeoutMs,
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new AlterPartitionReassignmentsRequest.ReassignableTopic
                    {
                        Name = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(p => new AlterPartitionReassignmentsRequest.ReassignablePartition
                            {
                                PartitionIndex = p.Partition,
                                Replicas = targets[p]?.ToArray(),
                            }),
                        ],
                    }),
                ],
            };
            var response = await call.AskAsync<AlterPartitionReassignmentsResponse>(brokerId, request).ConfigureAwait(false);
            if (response.ErrorCode != ErrorCode.None)
                answers.FailAll(partitions, response.ErrorCode, response.ErrorMessage);
            foreach (var topic in response.Responses)
            {
                foreach (var partition in topic.Partitions)
                    answers.Take(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, partition.ErrorMessage, () => true);
            }
        });

    public static Task<IReadOnlyDictionary<TopicPartition, PartitionReassignment>> ListAsync(AdminCall call, IReadOnlyCollection<TopicPartition>? partitions)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync<IReadOnlyDictionary<TopicPartition, PartitionReassignment>>(call, async () =>
        {
            var request = new ListPartitionReassignmentsRequest
            {
                TimeoutMs = call.RequestTimeoutMs,
                Topics = partitions is null ? null :
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new ListPartitionReassignmentsRequest.ListedTopic
                    {
                        Name = topic.Key,
                        PartitionIndexes = [.. topic.Select(p => p.Partition)],
                    }),
                ],
            };
            var brokerId = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<ListPartitionReassignmentsResponse>(brokerId, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, "Listing reassignments", response.ErrorMessage);
            return response.Topics
                .SelectMany(topic => topic.Partitions.Select(p => KeyValuePair.Create(
                    new TopicPartition(topic.Name, p.PartitionIndex), new PartitionReassignment(p.Replicas, p.AddingReplicas, p.RemovingReplicas))))
                .ToDictionary();
        });
    }

    public static Task<AdminResults<TopicPartition>> ElectAsync(AdminCall call, ElectionType type, IReadOnlyCollection<TopicPartition>? partitions)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync(call, async () =>
        {
            var request = new ElectLeadersRequest
            {
                ElectionType = (sbyte)type,
                TopicPartitions = partitions is null ? null :
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new ElectLeadersRequest.ElectLeadersTopic
                    {
                        Topic = topic.Key,
                        Partitions = [.. topic.Select(p => p.Partition)],
                    }),
                ],
                TimeoutMs = call.RequestTimeoutMs,
            };
            var brokerId = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<ElectLeadersResponse>(brokerId, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, "Electing leaders");
            var results = new Dictionary<TopicPartition, BrokerClientException?>();
            foreach (var topic in response.ReplicaElectionResults)
            {
                foreach (var partition in topic.PartitionResults)
                {
                    var key = new TopicPartition(topic.Topic, partition.PartitionId);
                    results[key] = partition.ErrorCode == ErrorCode.None ? null : BrokerClientException.Of(partition.ErrorCode, $"Electing the leader of {key}", partition.ErrorMessage);
                }
            }

            return new AdminResults<TopicPartition>(results);
        });
    }
}
