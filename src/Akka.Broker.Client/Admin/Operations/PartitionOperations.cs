using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>What partitions' leaders know and do.</summary>
internal static class PartitionOperations
{
    public static Task<AdminResults<TopicPartition, long>> DeleteRecordsAsync(AdminCall call, IReadOnlyDictionary<TopicPartition, long> beforeOffsets) =>
        KeyedCall.RunAsync<TopicPartition, long>(call, "Deleting records of", beforeOffsets.Keys, LeaderLocator.Instance, async (brokerId, partitions, answers) =>
        {
            var request = new DeleteRecordsRequest
            {
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new DeleteRecordsRequest.DeleteRecordsTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(p => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = p.Partition, Offset = beforeOffsets[p] })],
                    }),
                ],
                TimeoutMs = call.RequestTimeoutMs,
            };
            var response = await call.AskAsync<DeleteRecordsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                    answers.Take(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, null, () => partition.LowWatermark);
            }
        });

    public static Task<AdminResults<TopicPartition, ListedOffset>> ListOffsetsAsync(
        AdminCall call, IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, bool readCommitted) =>
        KeyedCall.RunAsync<TopicPartition, ListedOffset>(call, "Finding offsets of", specs.Keys, LeaderLocator.Instance, async (brokerId, partitions, answers) =>
        {
            var request = new ListOffsetsRequest
            {
                ReplicaId = -1,
                IsolationLevel = (sbyte)(readCommitted ? 1 : 0),
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(p => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = p.Partition, Timestamp = specs[p].Timestamp })],
                    }),
                ],
                TimeoutMs = call.RequestTimeoutMs,
            };
            var response = await call.AskAsync<ListOffsetsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                    answers.Take(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, null, () => ToListed(partition));
            }
        });

    public static Task<AdminResults<TopicPartition, IReadOnlyList<ProducerDescription>>> DescribeProducersAsync(
        AdminCall call, IEnumerable<TopicPartition> asked) =>
        KeyedCall.RunAsync<TopicPartition, IReadOnlyList<ProducerDescription>>(call, "Describing producers of", asked, LeaderLocator.Instance, async (brokerId, partitions, answers) =>
        {
            var request = new DescribeProducersRequest
            {
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic).Select(topic => new DescribeProducersRequest.TopicRequest
                    {
                        Name = topic.Key,
                        PartitionIndexes = [.. topic.Select(p => p.Partition)],
                    }),
                ],
            };
            var response = await call.AskAsync<DescribeProducersResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    var key = new TopicPartition(topic.Name, partition.PartitionIndex);
                    answers.Take(key, partition.ErrorCode, partition.ErrorMessage, () => [.. partition.ActiveProducers.Select(ToProducer)]);
                }
            }
        });

    private static ListedOffset ToListed(ListOffsetsResponse.ListOffsetsPartitionResponse partition) => new(
        partition.Offset,
        partition.Timestamp < 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(partition.Timestamp),
        partition.LeaderEpoch);

    private static ProducerDescription ToProducer(DescribeProducersResponse.ProducerState producer) => new(
        producer.ProducerId, producer.ProducerEpoch, producer.LastSequence, producer.LastTimestamp, producer.CoordinatorEpoch, producer.CurrentTxnStartOffset);
}
