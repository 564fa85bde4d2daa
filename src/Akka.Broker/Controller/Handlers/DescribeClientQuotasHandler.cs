using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Tells the quotas that clients were given at run time, from this node's newest metadata.</summary>
public sealed class DescribeClientQuotasHandler(MetadataCache metadata) : RequestHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>
{
    public override (short Min, short Max) Versions => (0, 1);

    public override ValueTask<DescribeClientQuotasResponse> HandleAsync(
        DescribeClientQuotasRequest request, RequestContext context, CancellationToken connectionClosed) =>
        ValueTask.FromResult(ControllerState.DescribeClientQuotas(metadata.Current, request));
}
