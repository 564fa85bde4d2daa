using System.Diagnostics;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>A span a request, from source <c>Akka.Broker</c>. While nobody listens to it a request costs one look at a field. Thread-safe.</summary>
public static class RequestTracing
{
    public const string SourceName = "Akka.Broker";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a span, as the current one, if somebody listens.</summary>
    internal static Activity? Begin(RequestHeader header, IRequester requester)
    {
        if (!Source.HasListeners() || Source.StartActivity(header.ApiKey.ToString(), ActivityKind.Server) is not { } span)
            return null;
        span.SetTag("messaging.system", "kafka");
        span.SetTag("kafka.api.version", (int)header.ApiVersion);
        span.SetTag("messaging.client.id", header.ClientId);
        span.SetTag("kafka.listener", requester.Listener);
        span.SetTag("client.address", requester.Remote.Address.ToString());
        span.SetTag("client.port", requester.Remote.Port);
        return span;
    }

    /// <summary>Ends the span when the handler has answered.</summary>
    internal static async ValueTask<ResponseFrame> EndAsync(Activity span, ValueTask<ResponseFrame> handling)
    {
        try
        {
            var response = await handling.ConfigureAwait(false);
            if (response.ThrottleTimeMs > 0)
                span.SetTag("kafka.throttle_time_ms", response.ThrottleTimeMs);
            span.Dispose();
            return response;
        }
        catch (Exception cause)
        {
            Fail(span, cause);
            throw;
        }
    }

    internal static void Fail(Activity span, Exception cause)
    {
        span.SetStatus(ActivityStatusCode.Error, cause.Message);
        span.Dispose();
    }
}
