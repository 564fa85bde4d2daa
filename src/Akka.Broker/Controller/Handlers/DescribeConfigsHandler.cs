using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller.Handlers;

/// <summary>Tells settings, where they come from and what they mean, from this node's newest metadata.</summary>
public sealed class DescribeConfigsHandler(MetadataCache metadata, ConfigDescriber describer) : RequestHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    public override (short Min, short Max) Versions => (0, 4);

    public override ValueTask<DescribeConfigsResponse> HandleAsync(DescribeConfigsRequest request, RequestContext context, CancellationToken connectionClosed) =>
        ValueTask.FromResult(describer.Describe(metadata.Current, request));
}
