using System.Net;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>What a handler may know of who asks.</summary>
/// <param name="ApiVersion">Of the request, and so of its response.</param>
/// <param name="ClientId">As the request header says; may be null.</param>
/// <param name="Remote">The client's address.</param>
/// <param name="Listener">The listener that was asked: Metadata answers with the addresses of the same one.</param>
/// <param name="ConnectionId">Unique while the process lives.</param>
public sealed record RequestContext(short ApiVersion, string? ClientId, IPEndPoint Remote, string Listener, long ConnectionId);

/// <summary>
/// One API. The list of handlers that the gateway is given is what ApiVersions announces. A handler is one instance for all connections,
/// called concurrently; it returns quickly or awaits, never blocks. What it throws is logged and costs the request an UNKNOWN_SERVER_ERROR, or the connection.
/// </summary>
public interface IRequestHandler
{
    ApiKey ApiKey { get; }

    /// <summary>The lowest and highest version that is announced.</summary>
    (short Min, short Max) Versions { get; }
}

/// <summary>A handler of the plain kind: a decoded request in, a response out.</summary>
public abstract class RequestHandler<TRequest, TResponse> : IRequestHandler
    where TRequest : IRequest, new()
    where TResponse : IResponse
{
    public ApiKey ApiKey => TRequest.ApiKey;

    public abstract (short Min, short Max) Versions { get; }

    public abstract ValueTask<TResponse> HandleAsync(TRequest request, RequestContext context, CancellationToken connectionClosed);
}
