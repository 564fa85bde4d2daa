using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Partition = Akka.Broker.Protocol.Messages.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
using Topic = Akka.Broker.Protocol.Messages.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>Topics' partitions in the order of names, page by page, with eligible leader replicas (KIP-966).</summary>
public sealed class DescribeTopicPartitionsHandler(MetadataCache metadata)
    : RequestHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    /// <summary>The most partitions of one page, whatever is asked for.</summary>
    private const int PageMax = 2000;

    public override (short Min, short Max) Versions => (0, 0);

    public override ValueTask<DescribeTopicPartitionsResponse> HandleAsync(
        DescribeTopicPartitionsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new DescribeTopicPartitionsResponse();
        var image = metadata.Current;
        if (request.Cursor is { PartitionIndex: < 0 })
            throw new CloseConnectionException($"A cursor begins at partition {request.Cursor.PartitionIndex}; 0 is the lowest");
        var left = Math.Clamp(request.ResponsePartitionLimit, 1, PageMax);
        foreach (var name in NamesFrom(request, image))
        {
            if (left == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = 0 };
                break;
            }
            if (!image.TryGetTopic(name, out var topic))
            {
                response.Topics.Add(
                    new() { Name = name, ErrorCode = TopicNames.IsValid(name) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException });
                continue;
            }
            var first = request.Cursor is { } cursor && cursor.TopicName == name ? cursor.PartitionIndex : 0;
            var end = Math.Min(topic.Partitions.Length, first + (long)left);
            response.Topics.Add(Describe(topic, first, (int)end, image, context.Listener));
            left -= (int)Math.Max(0, end - first);
            if (end < topic.Partitions.Length)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = (int)end };
                break;
            }
        }
        return new(response);
    }

    private static IEnumerable<string> NamesFrom(DescribeTopicPartitionsRequest request, MetadataImage image)
    {
        var names = request.Topics.Count > 0 ? request.Topics.Select(t => t.Name).Distinct(StringComparer.Ordinal) : image.Topics.Keys;
        var start = request.Cursor?.TopicName;
        return names.Where(n => start is null || string.CompareOrdinal(n, start) >= 0).Order(StringComparer.Ordinal);
    }

    private static Topic Describe(TopicImage topic, int first, int end, MetadataImage image, string listener)
    {
        var answer = new Topic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = topic.IsInternal,
            TopicAuthorizedOperations = AuthorizedOperations.AllOfTopic,
        };
        for (var i = first; i < end; i++)
            answer.Partitions.Add(Describe(topic, topic.Partitions[i], image, listener));
        return answer;
    }

    private static Partition Describe(TopicImage topic, PartitionImage partition, MetadataImage image, string listener) => new()
    {
        ErrorCode = partition.HasLeader && image.IsAlive(partition.Leader) ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
        PartitionIndex = partition.Partition,
        LeaderId = partition.Leader,
        LeaderEpoch = partition.LeaderEpoch,
        ReplicaNodes = [.. partition.Replicas],
        IsrNodes = [.. partition.Isr],
        EligibleLeaderReplicas = [.. partition.Elr],
        LastKnownElr = [.. partition.LastKnownElr],
        OfflineReplicas = image.OfflineReplicasOf(topic, partition, listener),
    };
}
