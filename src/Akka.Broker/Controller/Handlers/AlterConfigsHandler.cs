using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Replaces all settings of topics and brokers.</summary>
public sealed class AlterConfigsHandler(ControllerClient controller) : AdminHandler<AlterConfigsRequest, AlterConfigsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 2);

    protected override AlterConfigsResponse Refuse(AlterConfigsRequest request, ErrorCode error, string message) => new()
    {
        Responses = [.. request.Resources.Select(r => new AlterConfigsResponse.AlterConfigsResourceResponse
        {
            ResourceType = r.ResourceType, ResourceName = r.ResourceName, ErrorCode = error, ErrorMessage = message,
        })],
    };
}
