using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Raises <c>metadata.version</c>.</summary>
public sealed class UpdateFeaturesHandler(ControllerClient controller) : AdminHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 2);

    protected override int TimeoutMsOf(UpdateFeaturesRequest request) => request.TimeoutMs;

    protected override UpdateFeaturesResponse Refuse(UpdateFeaturesRequest request, ErrorCode error, string message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
