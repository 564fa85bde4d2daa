using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Deletes topics by name or id.</summary>
public sealed class DeleteTopicsHandler(ControllerClient controller) : AdminHandler<DeleteTopicsRequest, DeleteTopicsResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 6);

    protected override int TimeoutMsOf(DeleteTopicsRequest request) => request.TimeoutMs;

    protected override DeleteTopicsResponse Refuse(DeleteTopicsRequest request, ErrorCode error, string message) => new()
    {
        Responses =
        [
            .. request.Topics.Select(t => (t.Name, t.TopicId)).Concat(request.TopicNames.Select(n => ((string?)n, Guid.Empty)))
                .Select(t => new DeleteTopicsResponse.DeletableTopicResult { Name = t.Item1, TopicId = t.Item2, ErrorCode = error, ErrorMessage = message }),
        ],
    };
}
