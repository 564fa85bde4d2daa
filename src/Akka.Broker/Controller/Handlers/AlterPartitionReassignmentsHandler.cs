using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Begins, changes and ends moves of replicas. It is answered when they have begun.</summary>
public sealed class AlterPartitionReassignmentsHandler(ControllerClient controller)
    : AdminHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 1);

    protected override int TimeoutMsOf(AlterPartitionReassignmentsRequest request) => request.TimeoutMs;

    protected override AlterPartitionReassignmentsResponse Refuse(AlterPartitionReassignmentsRequest request, ErrorCode error, string message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
