using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Answers when the new topics' leaders here take writes, so that the next request finds them.</summary>
public sealed class CreateTopicsHandler(ControllerClient controller) : AdminHandler<CreateTopicsRequest, CreateTopicsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 7);

    protected override int TimeoutMsOf(CreateTopicsRequest request) => request.TimeoutMs;

    protected override CreateTopicsResponse Refuse(CreateTopicsRequest request, ErrorCode error, string message) => new()
    {
        Topics = [.. request.Topics.Select(t => new CreateTopicsResponse.CreatableTopicResult { Name = t.Name, ErrorCode = error, ErrorMessage = message })],
    };
}
