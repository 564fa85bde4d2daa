using System.Net;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>What a handler may know of who asks.</summary>
/// <param name="ApiVersion">Of the request, and so of its response.</param>
/// <param name="ClientId">As the request header says; may be null.</param>
/// <param name="Remote">The client's address.</param>
/// <param name="Listener">The listener that was asked: Metadata answers with the addresses of the same one.</param>
/// <param name="ConnectionId">Unique while the process lives.</param>
/// <param name="IsInterBroker">Whether that is the listener for brokers: what only a broker may ask is refused elsewhere.</param>
public sealed record RequestContext(
    short ApiVersion, string? ClientId, IPEndPoint Remote, string Listener, long ConnectionId, bool IsInterBroker = false)
{
    /// <summary>What holds clients back.</summary>
    public IRequestQuota Quota { get; init; } = NoQuota.Instance;
}

/// <summary>
/// One API. The list of handlers that the gateway is given is what ApiVersions announces. A handler is one instance for all connections,
/// called concurrently; it returns quickly or awaits, never blocks. What it throws is logged and costs the connection.
/// </summary>
public interface IRequestHandler
{
    ApiKey ApiKey { get; }

    /// <summary>The lowest and highest version that is announced.</summary>
    (short Min, short Max) Versions { get; }

    /// <summary>Announced and served on the inter-broker listener alone.</summary>
    bool IsInterBrokerOnly => false;

    /// <summary>Served also while the node has nothing to say to clients: it is by these requests that brokers find each other.</summary>
    bool IsForBrokers => IsInterBrokerOnly;
}

/// <summary>A handler as the dispatcher calls it: bytes in, bytes out.</summary>
internal interface IFrameHandler : IRequestHandler
{
    /// <summary>Takes the frame over. What must keep the order of a connection's requests is done before this returns.</summary>
    /// <exception cref="MalformedMessageException">The body is not such a request.</exception>
    ValueTask<ResponseFrame> HandleFrame(RequestFrame frame, ref MessageReader body, RequestHeader header, RequestContext context, CancellationToken connectionClosed);
}

/// <summary>A handler of the plain kind: a decoded request in, a response out. The request holds nothing of the frame but its <c>records</c> fields, if it has any.</summary>
public abstract class RequestHandler<TRequest, TResponse> : IFrameHandler
    where TRequest : IRequest, new()
    where TResponse : IResponse
{
    public ApiKey ApiKey => TRequest.ApiKey;

    public abstract (short Min, short Max) Versions { get; }

    public virtual bool IsInterBrokerOnly => false;

    public virtual bool IsForBrokers => IsInterBrokerOnly;

    /// <summary>Calls for one connection come in the order of its requests; what must keep that order is done before the first await.</summary>
    public abstract ValueTask<TResponse> HandleAsync(TRequest request, RequestContext context, CancellationToken connectionClosed);

    ValueTask<ResponseFrame> IFrameHandler.HandleFrame(
        RequestFrame frame, ref MessageReader body, RequestHeader header, RequestContext context, CancellationToken connectionClosed)
    {
        var request = new TRequest();
        try
        {
            request.Read(ref body, header.ApiVersion);
        }
        finally
        {
            frame.Dispose();
        }
        return AnswerAsync(request, header, context, connectionClosed);
    }

    /// <summary>From the request to its encoded response.</summary>
    protected virtual ValueTask<ResponseFrame> AnswerAsync(TRequest request, RequestHeader header, RequestContext context, CancellationToken connectionClosed)
    {
        var handling = HandleAsync(request, context, connectionClosed);
        return handling.IsCompletedSuccessfully ? new ValueTask<ResponseFrame>(Encode(handling.Result, header, context)) : EncodeLaterAsync(handling, header, context);
    }

    /// <summary>Says in the response for how long the client is to be quiet: brokers never are.</summary>
    protected ResponseFrame Encode(TResponse response, RequestHeader header, RequestContext context, bool isForBroker = false)
    {
        var throttleTimeMs = 0;
        if (response is IThrottledResponse throttled && !isForBroker && !IsInterBrokerOnly)
            throttleTimeMs = throttled.ThrottleTimeMs = Math.Max(throttled.ThrottleTimeMs, context.Quota.TimeThrottleTimeMs(context));
        return ResponseEncoder.Encode(response, header.ApiKey, header.ApiVersion, header.CorrelationId, throttleTimeMs);
    }

    private async ValueTask<ResponseFrame> EncodeLaterAsync(ValueTask<TResponse> handling, RequestHeader header, RequestContext context) =>
        Encode(await handling.ConfigureAwait(false), header, context);
}
