using Akka.Broker.Gateway;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller.Handlers;

/// <summary>The handlers of what the controller decides, and of what this node's metadata tells of it.</summary>
public static class ControllerHandlers
{
    /// <param name="controller">On whichever node it is.</param>
    /// <param name="metadata">This node's.</param>
    /// <param name="configs">Which value a setting has on this broker.</param>
    /// <param name="nodeId">This node.</param>
    public static IReadOnlyList<IRequestHandler> Create(ControllerClient controller, MetadataCache metadata, ConfigResolver configs, int nodeId) =>
    [
        new CreateTopicsHandler(controller),
        new DeleteTopicsHandler(controller),
        new CreatePartitionsHandler(controller),
        new DescribeConfigsHandler(metadata, new ConfigDescriber(configs)),
        new AlterConfigsHandler(controller),
        new IncrementalAlterConfigsHandler(controller),
        new InitProducerIdHandler(new ProducerIds(controller, metadata, nodeId), metadata),
        new ElectLeadersHandler(controller),
        new AlterPartitionReassignmentsHandler(controller),
        new ListPartitionReassignmentsHandler(metadata),
        new UpdateFeaturesHandler(controller),
        new UnregisterBrokerHandler(controller),
        new DescribeClientQuotasHandler(metadata),
        new AlterClientQuotasHandler(controller),
    ];
}
