using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using AnsweredGroup = Akka.Broker.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseGroup;
using AnsweredTopic = Akka.Broker.Protocol.Messages.OffsetFetchResponse.OffsetFetchResponseTopics;
using AskedGroup = Akka.Broker.Protocol.Messages.OffsetFetchRequest.OffsetFetchRequestGroup;
using AskedTopic = Akka.Broker.Protocol.Messages.OffsetFetchRequest.OffsetFetchRequestTopics;

namespace Akka.Broker.Groups.Handlers;

/// <summary>
/// Reading stored offsets, of one group up to version 7 and of many from 8 on. The older form is asked and answered as the newer with one group.
/// </summary>
public sealed class OffsetFetchHandler(GroupRouter groups) : RequestHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const int GroupErrorFrom = 2;
    private const int ManyGroupsFrom = 8;
    private const int TopicIdsFrom = 10;

    public override (short Min, short Max) Versions => (1, 10);

    public override async ValueTask<OffsetFetchResponse> HandleAsync(
        OffsetFetchRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (context.ApiVersion >= ManyGroupsFrom)
        {
            var asked = request.Groups.Select(g => FetchAsync(g, request.RequireStable, context.ApiVersion, connectionClosed).AsTask()).ToArray();
            return new OffsetFetchResponse { Groups = [.. await Task.WhenAll(asked).ConfigureAwait(false)] };
        }

        var single = new AskedGroup
        {
            GroupId = request.GroupId,
            Topics = request.Topics?.ConvertAll(t => new AskedTopic { Name = t.Name, PartitionIndexes = t.PartitionIndexes }),
        };
        return ToSingle(await FetchAsync(single, request.RequireStable, context.ApiVersion, connectionClosed).ConfigureAwait(false), single, context.ApiVersion);
    }

    private async ValueTask<AnsweredGroup> FetchAsync(AskedGroup request, bool requireStable, short version, CancellationToken cancelled)
    {
        var byId = version >= TopicIdsFrom;
        var image = groups.Metadata.Current;
        var response = new AnsweredGroup { GroupId = request.GroupId };
        List<TopicPartition>? partitions = null;
        if (request.Topics is { } topics)
        {
            partitions = [];
            foreach (var topic in topics)
            {
                if (byId && !image.TryGetTopic(topic.TopicId, out _))
                    response.Topics.Add(UnknownTopic(topic));
                else
                    partitions.AddRange(topic.PartitionIndexes.Select(p => new TopicPartition(byId ? image.TopicsById[topic.TopicId].Name : topic.Name, p)));
            }
        }

        var command = new FetchOffsetsCommand(partitions, requireStable);
        var result = await groups.AskAsync<FetchOffsetsResult>(request.GroupId, command, cancelled).ConfigureAwait(false);
        response.ErrorCode = result.Error;
        if (result.Error == ErrorCode.None)
            AddOffsets(response, result.Offsets, byId, image);
        return response;
    }

    /// <summary>Offsets of one topic that follow each other become one entry. By id, those of topics that are no more have no place.</summary>
    private static void AddOffsets(AnsweredGroup response, IReadOnlyList<FetchedOffset> offsets, bool byId, MetadataImage image)
    {
        string? name = null;
        AnsweredTopic? topic = null;
        foreach (var offset in offsets.OrderBy(o => o.Partition.Topic, StringComparer.Ordinal))
        {
            if (offset.Partition.Topic != name)
            {
                name = offset.Partition.Topic;
                var exists = image.TryGetTopic(name, out var found);
                topic = byId && !exists ? null : new AnsweredTopic { Name = byId ? "" : name, TopicId = byId ? found!.Id : Guid.Empty };
                if (topic is not null)
                    response.Topics.Add(topic);
            }

            topic?.Partitions.Add(new()
            {
                PartitionIndex = offset.Partition.Partition,
                CommittedOffset = offset.Offset,
                CommittedLeaderEpoch = offset.LeaderEpoch,
                Metadata = offset.Metadata,
                ErrorCode = offset.Error,
            });
        }
    }

    private static AnsweredTopic UnknownTopic(AskedTopic asked)
    {
        var topic = new AnsweredTopic { TopicId = asked.TopicId };
        foreach (var partition in asked.PartitionIndexes)
            topic.Partitions.Add(new() { PartitionIndex = partition, CommittedOffset = -1, Metadata = "", ErrorCode = ErrorCode.UnknownTopicId });
        return topic;
    }

    /// <summary>Version 1 has no place for an error of the group but at each partition.</summary>
    private static OffsetFetchResponse ToSingle(AnsweredGroup group, AskedGroup asked, short version)
    {
        var response = new OffsetFetchResponse();
        if (version >= GroupErrorFrom)
            response.ErrorCode = group.ErrorCode;
        var topics = group.ErrorCode != ErrorCode.None && version < GroupErrorFrom ? Failed(asked, group.ErrorCode) : group.Topics;
        foreach (var topic in topics)
        {
            var single = new OffsetFetchResponse.OffsetFetchResponseTopic { Name = topic.Name };
            foreach (var partition in topic.Partitions)
            {
                single.Partitions.Add(new()
                {
                    PartitionIndex = partition.PartitionIndex,
                    CommittedOffset = partition.CommittedOffset,
                    CommittedLeaderEpoch = version >= 5 ? partition.CommittedLeaderEpoch : -1,
                    Metadata = partition.Metadata,
                    ErrorCode = partition.ErrorCode,
                });
            }

            response.Topics.Add(single);
        }

        return response;
    }

    private static List<AnsweredTopic> Failed(AskedGroup asked, ErrorCode error)
    {
        var topics = new List<AnsweredTopic>();
        foreach (var topic in asked.Topics ?? [])
        {
            var failed = new AnsweredTopic { Name = topic.Name };
            foreach (var partition in topic.PartitionIndexes)
                failed.Partitions.Add(new() { PartitionIndex = partition, CommittedOffset = -1, Metadata = "", ErrorCode = error });
            topics.Add(failed);
        }

        return topics;
    }
}
