using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>An API that the controller decides: the request goes there as it is, and so does the answer come back.</summary>
public abstract class AdminHandler<TRequest, TResponse>(ControllerClient controller) : RequestHandler<TRequest, TResponse>
    where TRequest : IRequest, new()
    where TResponse : IResponse
{
    private const int TimeoutMsMin = 1000;
    private const int TimeoutMsMax = 60_000;

    public sealed override async ValueTask<TResponse> HandleAsync(TRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var timeout = TimeSpan.FromMilliseconds(Math.Clamp(TimeoutMsOf(request), TimeoutMsMin, TimeoutMsMax));
        try
        {
            return await controller.AdministerAsync<TResponse>(request, timeout, connectionClosed, context.ApiVersion).ConfigureAwait(false);
        }
        catch (ControllerUnavailableException unavailable)
        {
            return Refuse(request, unavailable.Error, unavailable.Message);
        }
    }

    /// <summary>How long the client is willing to wait.</summary>
    protected virtual int TimeoutMsOf(TRequest request) => TimeoutMsMax;

    /// <summary>The response that gives everything in the request the same error.</summary>
    protected abstract TResponse Refuse(TRequest request, ErrorCode error, string message);
}
