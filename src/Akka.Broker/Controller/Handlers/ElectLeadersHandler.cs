using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Elects preferred leaders, or serves what has no leader with what is left.</summary>
public sealed class ElectLeadersHandler(ControllerClient controller) : AdminHandler<ElectLeadersRequest, ElectLeadersResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 2);

    protected override int TimeoutMsOf(ElectLeadersRequest request) => request.TimeoutMs;

    protected override ElectLeadersResponse Refuse(ElectLeadersRequest request, ErrorCode error, string message) => new()
    {
        ErrorCode = error,
        ReplicaElectionResults = [.. (request.TopicPartitions ?? []).Select(t => new ElectLeadersResponse.ReplicaElectionResult
        {
            Topic = t.Topic,
            PartitionResults = [.. t.Partitions.Select(p => new ElectLeadersResponse.PartitionResult { PartitionId = p, ErrorCode = error, ErrorMessage = message })],
        })],
    };
}
