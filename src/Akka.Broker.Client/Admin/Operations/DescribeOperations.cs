using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Topics as the metadata of whichever broker show them.</summary>
internal static class DescribeOperations
{
    public static Task<IReadOnlyDictionary<string, TopicListing>> ListAsync(AdminCall call, bool listInternal) =>
        SingleCall.RunAsync<IReadOnlyDictionary<string, TopicListing>>(call, async () =>
        {
            var response = await AskMetadataAsync(call, null).ConfigureAwait(false);
            return response.Topics
                .Where(topic => topic is { ErrorCode: ErrorCode.None, Name: not null } && (listInternal || !topic.IsInternal))
                .ToDictionary(topic => topic.Name!, topic => new TopicListing(topic.Name!, topic.TopicId, topic.IsInternal));
        });

    /// <summary>By the API that tells eligible leaders, or from brokers that lack it by Metadata.</summary>
    public static Task<AdminResults<string, TopicDescription>> DescribeAsync(AdminCall call, IEnumerable<string> topics) =>
        KeyedCall.RunAsync<string, TopicDescription>(call, "Describing topic", topics, new AnyBrokerLocator<string>(topicsMayBeYoung: true), async (brokerId, names, answers) =>
        {
            try
            {
                await PageThroughAsync(call, brokerId, names, answers).ConfigureAwait(false);
            }
            catch (BrokerClientException failure) when (failure.ErrorCode == ErrorCode.UnsupportedVersion)
            {
                var response = await AskMetadataAsync(call, names).ConfigureAwait(false);
                foreach (var topic in response.Topics)
                    answers.Take(topic.Name ?? "", topic.ErrorCode, null, () => Describe(topic));
            }
        });

    private static async Task<MetadataResponse> AskMetadataAsync(AdminCall call, IEnumerable<string>? names)
    {
        var request = new MetadataRequest
        {
            Topics = names is null ? null : [.. names.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })],
            AllowAutoTopicCreation = false,
        };
        var response = await call.AskAsync<MetadataResponse>(AdminCall.AnyBroker, request).ConfigureAwait(false);
        SingleCall.Check(response.ErrorCode, "Asking for metadata");
        return response;
    }

    private static async Task PageThroughAsync(AdminCall call, int brokerId, IReadOnlyList<string> names, KeyedAnswers<string, TopicDescription> answers)
    {
        var request = new DescribeTopicPartitionsRequest
        {
            // The pages come in the order of the names.
            Topics = [.. names.Order(StringComparer.Ordinal).Select(name => new DescribeTopicPartitionsRequest.TopicRequest { Name = name })],
        };
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic? open = null;
        do
        {
            var response = await call.AskAsync<DescribeTopicPartitionsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var topic in response.Topics)
            {
                // A topic that the page's end has cut goes on in the next one.
                if (open is not null && open.Name == topic.Name)
                {
                    open.Partitions.AddRange(topic.Partitions);
                    continue;
                }

                Complete(open, answers);
                open = topic;
            }

            request.Cursor = response.NextCursor is { } next
                ? new DescribeTopicPartitionsRequest.StartCursor { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex }
                : null;
        }
        while (request.Cursor is not null);
        Complete(open, answers);
    }

    private static void Complete(
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic? topic, KeyedAnswers<string, TopicDescription> answers)
    {
        if (topic is not null)
            answers.Take(topic.Name ?? "", topic.ErrorCode, null, () => Describe(topic));
    }

    private static TopicDescription Describe(DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic topic) => new(
        topic.Name!,
        topic.TopicId,
        topic.IsInternal,
        [
            .. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(p => new PartitionDescription(
                p.PartitionIndex, p.LeaderId, p.LeaderEpoch, p.ReplicaNodes, p.IsrNodes, p.EligibleLeaderReplicas, p.LastKnownElr, p.OfflineReplicas)),
        ]);

    private static TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic) => new(
        topic.Name!,
        topic.TopicId,
        topic.IsInternal,
        [
            .. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(p => new PartitionDescription(
                p.PartitionIndex, p.LeaderId, p.LeaderEpoch, p.ReplicaNodes, p.IsrNodes, null, null, p.OfflineReplicas)),
        ]);
}
