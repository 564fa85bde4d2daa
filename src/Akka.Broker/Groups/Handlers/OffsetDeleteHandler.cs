using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Groups.Handlers;

/// <summary>Forgetting offsets of topics that a group does not read any more.</summary>
public sealed class OffsetDeleteHandler(GroupRouter groups) : RequestHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    public override (short Min, short Max) Versions => (0, 0);

    public override async ValueTask<OffsetDeleteResponse> HandleAsync(
        OffsetDeleteRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var image = groups.Metadata.Current;
        var response = new OffsetDeleteResponse();
        var partitions = new List<TopicPartition>();
        var places = new List<OffsetDeleteResponse.OffsetDeleteResponsePartition>();
        foreach (var topic in request.Topics)
        {
            var answer = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var partition in topic.Partitions)
            {
                var place = new OffsetDeleteResponse.OffsetDeleteResponsePartition { PartitionIndex = partition.PartitionIndex };
                answer.Partitions.Add(place);
                var named = new TopicPartition(topic.Name, partition.PartitionIndex);
                if (image.TryGetPartition(named, out _))
                {
                    places.Add(place);
                    partitions.Add(named);
                }
                else
                {
                    place.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                }
            }
        }

        var result = await groups.AskAsync<DeleteOffsetsResult>(request.GroupId, new DeleteOffsetsCommand(partitions), connectionClosed).ConfigureAwait(false);
        if (result.Error != ErrorCode.None)
            return new OffsetDeleteResponse { ErrorCode = result.Error };
        for (var i = 0; i < places.Count; i++)
            places[i].ErrorCode = result.Errors[i];
        return response;
    }
}
