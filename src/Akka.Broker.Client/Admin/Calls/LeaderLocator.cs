using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>
/// What a partition's leader answers. The metadata are asked for anew in each round, an administrator's question is worth it, and past the client's view, which
/// would follow these topics from then on.
/// </summary>
internal sealed class LeaderLocator : IBrokerLocator<TopicPartition>
{
    public static readonly LeaderLocator Instance = new();

    public bool TopicsMayBeYoung => true;

    public async Task<IReadOnlyList<KeyValuePair<TopicPartition, Place>>> LocateAsync(AdminCall call, IReadOnlyList<TopicPartition> keys)
    {
        var request = new MetadataRequest
        {
            Topics = [.. keys.Select(key => key.Topic).Distinct().Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })],
            AllowAutoTopicCreation = false,
        };
        var response = await call.AskAsync<MetadataResponse>(AdminCall.AnyBroker, request).ConfigureAwait(false);
        SingleCall.Check(response.ErrorCode, "Asking for metadata");
        var topics = response.Topics.Where(topic => topic.Name is not null).ToDictionary(topic => topic.Name!);
        return [.. keys.Select(key => KeyValuePair.Create(key, PlaceOf(topics.GetValueOrDefault(key.Topic), key.Partition)))];
    }

    private static Place PlaceOf(MetadataResponse.MetadataResponseTopic? topic, int index)
    {
        if (topic is null)
            return Place.Nowhere(ErrorCode.UnknownTopicOrPartition, null);
        if (topic.ErrorCode != ErrorCode.None)
            return Place.Nowhere(topic.ErrorCode, null);
        var partition = topic.Partitions.Find(partition => partition.PartitionIndex == index);
        if (partition is null)
            return Place.Nowhere(ErrorCode.UnknownTopicOrPartition, $"the topic has {topic.Partitions.Count} partitions.");
        return partition.LeaderId >= 0
            ? Place.At(partition.LeaderId)
            : Place.Nowhere(ErrorCode.LeaderNotAvailable, "the partition has no leader.");
    }
}
