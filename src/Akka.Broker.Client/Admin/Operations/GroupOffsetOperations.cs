using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Committed offsets of one group. The versions asked for are the last ones that name topics by their names.</summary>
internal static class GroupOffsetOperations
{
    public static Task<AdminResults<TopicPartition, OffsetAndMetadata?>> ListAsync(AdminCall call, string group, IReadOnlyCollection<TopicPartition>? partitions) =>
        SingleCall.RunAsync(call, async () =>
        {
            var place = (await CoordinatorOf(group).LocateAsync(call, [default]).ConfigureAwait(false))[0].Value;
            SingleCall.Check(place.ErrorCode, $"Finding the coordinator of group {group}", place.Text);
            var request = new OffsetFetchRequest
            {
                GroupId = group,
                Topics = partitions is null ? null :
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopic
                    {
                        Name = topic.Key,
                        PartitionIndexes = [.. topic.Select(p => p.Partition).Distinct()],
                    }),
                ],
            };
            var response = await call.AskAsync<OffsetFetchResponse>(place.BrokerId!.Value, request, versionMax: 7).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, $"Listing the offsets of group {group}");
            return Read(response);
        });

    public static Task<AdminResults<TopicPartition>> AlterAsync(AdminCall call, string group, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets) =>
        KeyedCall.RunAsync(call, $"Altering group {group}'s offset of", offsets.Keys, CoordinatorOf(group), async (brokerId, partitions, answers) =>
        {
            var request = new OffsetCommitRequest
            {
                GroupId = group,
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(partition => ToCommit(partition.Partition, offsets[partition]))],
                    }),
                ],
            };
            var response = await call.AskAsync<OffsetCommitResponse>(brokerId, request, versionMax: 9).ConfigureAwait(false);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                    answers.Take(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, Explain(partition.ErrorCode), () => true);
            }
        });

    public static Task<AdminResults<TopicPartition>> DeleteAsync(AdminCall call, string group, IEnumerable<TopicPartition> deleted) =>
        KeyedCall.RunAsync(call, $"Deleting group {group}'s offset of", deleted, CoordinatorOf(group), async (brokerId, partitions, answers) =>
        {
            var request = new OffsetDeleteRequest
            {
                GroupId = group,
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(p => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = p.Partition })],
                    }),
                ],
            };
            var response = await call.AskAsync<OffsetDeleteResponse>(brokerId, request).ConfigureAwait(false);
            if (response.ErrorCode != ErrorCode.None)
                answers.FailAll(partitions, response.ErrorCode, null);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                    answers.Take(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, null, () => true);
            }
        });

    private static CoordinatorLocator<TopicPartition> CoordinatorOf(string group) => new(_ => group);

    private static OffsetCommitRequest.OffsetCommitRequestPartition ToCommit(int partition, OffsetAndMetadata committed) => new()
    {
        PartitionIndex = partition,
        CommittedOffset = committed.Offset,
        CommittedLeaderEpoch = committed.LeaderEpoch,
        CommittedMetadata = committed.Metadata,
    };

    /// <summary>An offset is set from outside by a commit without membership, which a group with members refuses as one of an unknown member.</summary>
    private static string? Explain(ErrorCode code) => code is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration
        ? $"the group has members; stop them before its offsets are altered."
        : null;

    private static AdminResults<TopicPartition, OffsetAndMetadata?> Read(OffsetFetchResponse response)
    {
        var items = new Dictionary<TopicPartition, AdminResult<OffsetAndMetadata?>>();
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var key = new TopicPartition(topic.Name, partition.PartitionIndex);
                // One that passes is retried with all others: the answer shall be of one moment.
                if (AdminErrors.IsPassing(partition.ErrorCode))
                    throw BrokerClientException.Of(partition.ErrorCode, $"Listing the offset of {key}");
                items[key] = partition.ErrorCode != ErrorCode.None ? new(BrokerClientException.Of(partition.ErrorCode, $"Listing the offset of {key}"))
                    : partition.CommittedOffset < 0 ? new((OffsetAndMetadata?)null)
                    : new(new OffsetAndMetadata(partition.CommittedOffset, partition.Metadata ?? "") { LeaderEpoch = partition.CommittedLeaderEpoch });
            }
        }

        return new AdminResults<TopicPartition, OffsetAndMetadata?>(items);
    }
}
