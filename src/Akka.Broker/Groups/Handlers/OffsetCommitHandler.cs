using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using TopicResponse = Akka.Broker.Protocol.Messages.OffsetCommitResponse.OffsetCommitResponseTopic;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Storing offsets. What names no partition of a topic that exists is refused here, line by line; the rest goes to the group in one write.</summary>
public sealed class OffsetCommitHandler(GroupRouter groups) : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const int TopicIdsFrom = 10;

    public override (short Min, short Max) Versions => (2, 10);

    public override async ValueTask<OffsetCommitResponse> HandleAsync(
        OffsetCommitRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var image = groups.Metadata.Current;
        var response = new OffsetCommitResponse();
        var offsets = new List<OffsetToCommit>();
        var places = new List<OffsetCommitResponse.OffsetCommitResponsePartition>();
        foreach (var asked in request.Topics)
        {
            var topic = Find(asked, image, context.ApiVersion);
            var answer = new TopicResponse { Name = asked.Name, TopicId = asked.TopicId };
            response.Topics.Add(answer);
            foreach (var partition in asked.Partitions)
            {
                var place = new OffsetCommitResponse.OffsetCommitResponsePartition { PartitionIndex = partition.PartitionIndex };
                answer.Partitions.Add(place);
                if (topic is null && context.ApiVersion >= TopicIdsFrom)
                {
                    place.ErrorCode = ErrorCode.UnknownTopicId;
                }
                else if (topic is null || !topic.TryGetPartition(partition.PartitionIndex, out _))
                {
                    place.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                }
                else
                {
                    places.Add(place);
                    offsets.Add(new OffsetToCommit(
                        new TopicPartition(topic.Name, partition.PartitionIndex),
                        partition.CommittedOffset,
                        partition.CommittedLeaderEpoch,
                        partition.CommittedMetadata ?? "",
                        request.RetentionTimeMs));
                }
            }
        }

        if (offsets.Count == 0)
            return response;
        var command = new CommitOffsetsCommand(request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, offsets);
        var result = await groups.AskAsync<CommitOffsetsResult>(request.GroupId, command, connectionClosed).ConfigureAwait(false);
        for (var i = 0; i < places.Count; i++)
            places[i].ErrorCode = result.Errors[i];
        return response;
    }

    private static TopicImage? Find(OffsetCommitRequest.OffsetCommitRequestTopic asked, MetadataImage image, short version)
    {
        TopicImage? topic;
        return version >= TopicIdsFrom
            ? image.TryGetTopic(asked.TopicId, out topic) ? topic : null
            : image.TryGetTopic(asked.Name, out topic) ? topic : null;
    }
}
