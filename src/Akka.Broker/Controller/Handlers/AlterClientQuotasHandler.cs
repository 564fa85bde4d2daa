using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Changes the quotas of clients.</summary>
public sealed class AlterClientQuotasHandler(ControllerClient controller) : AdminHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 1);

    protected override AlterClientQuotasResponse Refuse(AlterClientQuotasRequest request, ErrorCode error, string message) => new()
    {
        Entries = [.. request.Entries.Select(entry => new AlterClientQuotasResponse.EntryData
        {
            ErrorCode = error,
            ErrorMessage = message,
            Entity = [.. entry.Entity.Select(e => new AlterClientQuotasResponse.EntityData { EntityType = e.EntityType, EntityName = e.EntityName })],
        })],
    };
}
