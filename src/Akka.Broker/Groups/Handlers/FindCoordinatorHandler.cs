using Akka.Broker.Controller;
using Akka.Broker.Coordination;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Coordinator = Akka.Broker.Protocol.Messages.FindCoordinatorResponse.Coordinator;

namespace Akka.Broker.Groups.Handlers;

/// <summary>
/// Which broker coordinates a group: the leader of its partition of <c>__consumer_offsets</c>, at the address of the listener that was asked.
/// The first question of all makes the topic.
/// </summary>
public sealed class FindCoordinatorHandler(MetadataCache metadata, ITopicCreation creation) : RequestHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const int ManyKeysFrom = 4;

    public override (short Min, short Max) Versions => (0, 6);

    public override async ValueTask<FindCoordinatorResponse> HandleAsync(
        FindCoordinatorRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var keys = context.ApiVersion >= ManyKeysFrom ? request.CoordinatorKeys : [request.Key];
        var error = request.KeyType switch
        {
            Group => ErrorCode.None,
            // The one refusal that every client takes as final instead of asking again and again.
            Transaction => ErrorCode.TransactionalIdAuthorizationFailed,
            _ => ErrorCode.InvalidRequest,
        };
        if (error == ErrorCode.None && !metadata.Current.TryGetTopic(InternalTopics.ConsumerOffsets, out _))
            error = await creation.EnsureAsync(InternalTopics.ConsumerOffsets, connectionClosed).ConfigureAwait(false);

        var found = keys.Select(key => error switch
        {
            ErrorCode.None => Find(key, context),
            ErrorCode.TransactionalIdAuthorizationFailed => Unknown(key, error, "This broker has no transactions yet."),
            ErrorCode.InvalidRequest => Unknown(key, error, $"Key type {request.KeyType} is not coordinated here; 0, a group, is."),
            _ => Unknown(key, ErrorCode.CoordinatorNotAvailable, $"{InternalTopics.ConsumerOffsets} could not be created: {error}."),
        }).ToList();
        return context.ApiVersion >= ManyKeysFrom ? new FindCoordinatorResponse { Coordinators = found } : Single(found[0]);
    }

    private Coordinator Find(string groupId, RequestContext context)
    {
        var image = metadata.Current;
        if (!image.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic))
            return Unknown(groupId, ErrorCode.CoordinatorNotAvailable, $"{InternalTopics.ConsumerOffsets} is not there.");
        var partition = OffsetsTopic.PartitionFor(groupId, topic.Partitions.Length);
        var leader = topic.Partitions[partition].Leader;
        if (!image.IsAlive(leader) || image.Brokers[leader].EndpointOf(context.Listener) is not { } endpoint)
            return Unknown(groupId, ErrorCode.CoordinatorNotAvailable, $"{InternalTopics.ConsumerOffsets}-{partition} has no leader.");
        return new Coordinator { Key = groupId, NodeId = leader, Host = endpoint.Host, Port = endpoint.Port };
    }

    private static Coordinator Unknown(string key, ErrorCode error, string message) =>
        new() { Key = key, NodeId = -1, Host = "", Port = -1, ErrorCode = error, ErrorMessage = message };

    private static FindCoordinatorResponse Single(Coordinator coordinator) => new()
    {
        ErrorCode = coordinator.ErrorCode,
        ErrorMessage = coordinator.ErrorMessage,
        NodeId = coordinator.NodeId,
        Host = coordinator.Host,
        Port = coordinator.Port,
    };
}
