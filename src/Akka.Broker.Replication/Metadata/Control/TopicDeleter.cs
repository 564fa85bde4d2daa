using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>DeleteTopics, by name or id. One topic's refusal does not touch the others of the request.</summary>
internal static class TopicDeleter
{
    public static Decision<DeleteTopicsResponse> Delete(MetadataImage image, DeleteTopicsRequest request)
    {
        var response = new DeleteTopicsResponse();
        var records = new List<IMessage>();
        var asked = request.Topics.Select(t => (t.Name, t.TopicId)).Concat(request.TopicNames.Select(n => ((string?)n, Guid.Empty))).ToList();
        var seen = new HashSet<Guid>();
        foreach (var (name, id) in asked)
        {
            var result = new DeleteTopicsResponse.DeletableTopicResult { Name = name, TopicId = id };
            response.Responses.Add(result);
            try
            {
                var topic = Find(image, name, id);
                result.Name = topic.Name;
                result.TopicId = topic.Id;
                if (!seen.Add(topic.Id))
                    throw new RefusedException(ErrorCode.InvalidRequest, $"Topic '{topic.Name}' is in the request more than once.");
                if (topic.IsInternal)
                    throw new RefusedException(ErrorCode.InvalidRequest, $"Topic '{topic.Name}' is the broker's own and cannot be deleted.");
                records.Add(new RemoveTopicRecord { TopicId = topic.Id });
            }
            catch (RefusedException refused)
            {
                result.ErrorCode = refused.Refusal.Error;
                result.ErrorMessage = refused.Refusal.Message;
            }
        }
        return new Decision<DeleteTopicsResponse>(records, response);
    }

    private static TopicImage Find(MetadataImage image, string? name, Guid id)
    {
        if (name is null)
        {
            return image.TryGetTopic(id, out var byId) ? byId : throw new RefusedException(ErrorCode.UnknownTopicId, $"There is no topic of id {id}.");
        }
        if (id != Guid.Empty)
            throw new RefusedException(ErrorCode.InvalidRequest, $"Topic '{name}' is named with an id; allowed: either.");
        return image.TryGetTopic(name, out var topic) ? topic : throw new RefusedException(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{name}'.");
    }
}
