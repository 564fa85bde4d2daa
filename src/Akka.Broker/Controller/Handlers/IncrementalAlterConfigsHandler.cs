using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Changes single settings of topics and brokers.</summary>
public sealed class IncrementalAlterConfigsHandler(ControllerClient controller)
    : AdminHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 1);

    protected override IncrementalAlterConfigsResponse Refuse(IncrementalAlterConfigsRequest request, ErrorCode error, string message) => new()
    {
        Responses = [.. request.Resources.Select(r => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
        {
            ResourceType = r.ResourceType, ResourceName = r.ResourceName, ErrorCode = error, ErrorMessage = message,
        })],
    };
}
