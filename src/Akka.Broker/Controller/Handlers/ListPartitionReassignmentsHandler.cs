using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Tells the moves of replicas under way, from this node's newest metadata.</summary>
public sealed class ListPartitionReassignmentsHandler(MetadataCache metadata)
    : RequestHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public override (short Min, short Max) Versions => (0, 0);

    public override ValueTask<ListPartitionReassignmentsResponse> HandleAsync(
        ListPartitionReassignmentsRequest request, RequestContext context, CancellationToken connectionClosed) =>
        ValueTask.FromResult(ControllerState.ListPartitionReassignments(metadata.Current, request));
}
