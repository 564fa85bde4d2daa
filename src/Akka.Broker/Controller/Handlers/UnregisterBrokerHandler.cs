using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Forgets a broker that is gone for good.</summary>
public sealed class UnregisterBrokerHandler(ControllerClient controller) : AdminHandler<UnregisterBrokerRequest, UnregisterBrokerResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 0);

    protected override UnregisterBrokerResponse Refuse(UnregisterBrokerRequest request, ErrorCode error, string message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
