using System.Collections.Immutable;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Partition = Akka.Broker.Protocol.Messages.MetadataResponse.MetadataResponsePartition;
using Topic = Akka.Broker.Protocol.Messages.MetadataResponse.MetadataResponseTopic;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Brokers, by the address of the listener that was asked, and topics. One image answers the whole request. Unknown topics are created first where
/// both the client and the broker's settings allow it; the answer then holds them already, so that the client need not ask again.
/// </summary>
/// <param name="metadata">The node's.</param>
/// <param name="creation">Null where <c>auto.create.topics.enable</c> is off.</param>
/// <param name="hasEnded">A broker that is known to be gone before it is fenced leads nothing, so that a client asks again soon instead of calling it.</param>
public sealed class MetadataHandler(MetadataCache metadata, ITopicCreation? creation, Func<BrokerImage, bool>? hasEnded = null) : RequestHandler<MetadataRequest, MetadataResponse>
{
    private const short IdsFrom = 12;
    private const short ListenerNotFoundFrom = 6;

    private static readonly IReadOnlyDictionary<string, ErrorCode> NoneRefused = ImmutableDictionary<string, ErrorCode>.Empty;

    public override (short Min, short Max) Versions => (0, 13);

    public override async ValueTask<MetadataResponse> HandleAsync(MetadataRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var refused = NoneRefused;
        if (creation is not null && request.AllowAutoTopicCreation && UnknownNames(request, metadata.Current) is { Count: > 0 } unknown)
            refused = await CreateAsync(creation, unknown, connectionClosed).ConfigureAwait(false);
        return Answer(request, context, metadata.Current, refused);
    }

    private static async ValueTask<IReadOnlyDictionary<string, ErrorCode>> CreateAsync(
        ITopicCreation creation, List<string> names, CancellationToken cancelled)
    {
        var creating = names.ConvertAll(name => creation.EnsureAsync(name, cancelled).AsTask());
        var errors = await Task.WhenAll(creating).ConfigureAwait(false);
        var refused = new Dictionary<string, ErrorCode>(StringComparer.Ordinal);
        for (var i = 0; i < errors.Length; i++)
        {
            if (errors[i] != ErrorCode.None)
                refused.Add(names[i], errors[i]);
        }
        return refused;
    }

    private static List<string> UnknownNames(MetadataRequest request, MetadataImage image)
    {
        List<string> unknown = [];
        foreach (var topic in request.Topics ?? [])
        {
            if (topic.TopicId == Guid.Empty && TopicNames.IsValid(topic.Name) && !image.TryGetTopic(topic.Name!, out _) && !unknown.Contains(topic.Name!))
                unknown.Add(topic.Name!);
        }
        return unknown;
    }

    private MetadataResponse Answer(MetadataRequest request, RequestContext context, MetadataImage image, IReadOnlyDictionary<string, ErrorCode> refused)
    {
        var response = new MetadataResponse
        {
            ClusterId = image.ClusterId.Length == 0 ? null : image.ClusterId,
            ControllerId = image.IsAlive(metadata.ControllerId) ? metadata.ControllerId : -1,
        };
        foreach (var broker in image.Brokers.Values)
        {
            if (!broker.Fenced && broker.EndpointOf(context.Listener) is { } endpoint)
                response.Brokers.Add(new() { NodeId = broker.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
        }
        if (request.IncludeClusterAuthorizedOperations)
            response.ClusterAuthorizedOperations = AuthorizedOperations.AllOfCluster;
        if (request.Topics is not { } asked || (asked.Count == 0 && context.ApiVersion == 0))
        {
            foreach (var topic in image.Topics.Values)
                response.Topics.Add(Describe(topic, image, context));
        }
        else
        {
            foreach (var topic in asked)
                response.Topics.Add(Find(topic, image, context, refused));
        }
        if (request.IncludeTopicAuthorizedOperations)
        {
            foreach (var topic in response.Topics)
                topic.TopicAuthorizedOperations = topic.ErrorCode == ErrorCode.None ? AuthorizedOperations.AllOfTopic : AuthorizedOperations.NotRequested;
        }
        return response;
    }

    private Topic Find(
        MetadataRequest.MetadataRequestTopic asked, MetadataImage image, RequestContext context, IReadOnlyDictionary<string, ErrorCode> refused)
    {
        TopicImage? topic;
        if (asked.TopicId != Guid.Empty)
        {
            if (context.ApiVersion < IdsFrom)
                return new Topic { ErrorCode = ErrorCode.InvalidRequest, Name = asked.Name ?? "", TopicId = asked.TopicId };
            return image.TryGetTopic(asked.TopicId, out topic)
                ? Describe(topic, image, context)
                : new Topic { ErrorCode = ErrorCode.UnknownTopicId, Name = null, TopicId = asked.TopicId };
        }
        if (!TopicNames.IsValid(asked.Name))
            return new Topic { ErrorCode = ErrorCode.InvalidTopicException, Name = asked.Name ?? "" };
        return image.TryGetTopic(asked.Name!, out topic)
            ? Describe(topic, image, context)
            : new Topic { ErrorCode = refused.GetValueOrDefault(asked.Name!, ErrorCode.UnknownTopicOrPartition), Name = asked.Name };
    }

    private Topic Describe(TopicImage topic, MetadataImage image, RequestContext context)
    {
        var answer = new Topic { Name = topic.Name, TopicId = topic.Id, IsInternal = topic.IsInternal };
        answer.Partitions.EnsureCapacity(topic.Partitions.Length);
        foreach (var partition in topic.Partitions)
        {
            var error = ErrorOf(partition, image, context);
            answer.Partitions.Add(new Partition
            {
                ErrorCode = error,
                PartitionIndex = partition.Partition,
                LeaderId = error == ErrorCode.None ? partition.Leader : PartitionImage.NoLeader,
                LeaderEpoch = partition.LeaderEpoch,
                ReplicaNodes = [.. partition.Replicas],
                IsrNodes = [.. partition.Isr],
                OfflineReplicas = image.OfflineReplicasOf(topic, partition, context.Listener),
            });
        }
        return answer;
    }

    private ErrorCode ErrorOf(PartitionImage partition, MetadataImage image, RequestContext context)
    {
        if (!partition.HasLeader || !image.Brokers.TryGetValue(partition.Leader, out var leader) || leader.Fenced || hasEnded?.Invoke(leader) == true)
            return ErrorCode.LeaderNotAvailable;
        if (leader.EndpointOf(context.Listener) is not null)
            return ErrorCode.None;
        return context.ApiVersion >= ListenerNotFoundFrom ? ErrorCode.ListenerNotFound : ErrorCode.LeaderNotAvailable;
    }
}
