using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>Brokers, controller and cluster id (KIP-700), by the addresses of the listener that was asked.</summary>
public sealed class DescribeClusterHandler(MetadataCache metadata) : RequestHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    public override (short Min, short Max) Versions => (0, 2);

    public override ValueTask<DescribeClusterResponse> HandleAsync(DescribeClusterRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var image = metadata.Current;
        var response = new DescribeClusterResponse { EndpointType = request.EndpointType, ClusterId = image.ClusterId };
        if (request.EndpointType != Brokers)
        {
            response.ErrorCode = request.EndpointType == Controllers ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType;
            response.ErrorMessage = $"Endpoint type {request.EndpointType} was asked for; this listener answers 1 (brokers).";
            return new(response);
        }
        response.ControllerId = image.IsAlive(metadata.ControllerId) ? metadata.ControllerId : -1;
        foreach (var broker in image.Brokers.Values)
        {
            if ((!broker.Fenced || request.IncludeFencedBrokers) && broker.EndpointOf(context.Listener) is { } endpoint)
            {
                response.Brokers.Add(
                    new() { BrokerId = broker.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack, IsFenced = broker.Fenced });
            }
        }
        if (request.IncludeClusterAuthorizedOperations)
            response.ClusterAuthorizedOperations = AuthorizedOperations.AllOfCluster;
        return new(response);
    }
}
