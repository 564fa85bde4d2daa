using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Raises topics' partition counts.</summary>
public sealed class CreatePartitionsHandler(ControllerClient controller) : AdminHandler<CreatePartitionsRequest, CreatePartitionsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 3);

    protected override int TimeoutMsOf(CreatePartitionsRequest request) => request.TimeoutMs;

    protected override CreatePartitionsResponse Refuse(CreatePartitionsRequest request, ErrorCode error, string message) => new()
    {
        Results = [.. request.Topics.Select(t => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = t.Name, ErrorCode = error, ErrorMessage = message })],
    };
}
