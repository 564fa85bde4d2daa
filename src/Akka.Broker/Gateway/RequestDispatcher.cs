using System.Buffers.Binary;
using System.Diagnostics;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>
/// Reads a request's header and hands its body to the API's handler. What no handler serves closes the connection, as Kafka does, since nobody could know how to
/// answer it; ApiVersions alone is answered in any version (KIP-511), so that newer clients learn what there is. Thread-safe.
/// </summary>
internal sealed class RequestDispatcher : IRequestDispatcher
{
    private volatile ServedApis? _served;

    /// <summary>What is answered from now on; null before anything is.</summary>
    public ServedApis? Served
    {
        get => _served;
        set => _served = value;
    }

    public ValueTask<ResponseFrame> DispatchAsync(RequestFrame frame, IRequester requester)
    {
        try
        {
            var span = frame.Bytes.Span;
            var apiKey = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(span);
            var apiVersion = BinaryPrimitives.ReadInt16BigEndian(span[2..]);
            var served = _served!;
            var handler = served.Handlers.Find(apiKey, requester.IsInterBroker);
            if (!served.ToClients && handler is not { IsForBrokers: true })
                throw new TurnedAwayException();
            if (handler is null)
                throw new MalformedFrameException($"It asked for API {(short)apiKey} ({apiKey}), which is not served on listener {requester.Listener}");
            if (apiVersion < handler.Versions.Min || apiVersion > handler.Versions.Max)
            {
                if (apiKey == ApiKey.ApiVersions)
                    return new ValueTask<ResponseFrame>(RefuseApiVersions(frame, handler));
                throw new MalformedFrameException(
                    $"It asked for version {apiVersion} of {apiKey}; {handler.Versions.Min} to {handler.Versions.Max} are served");
            }
            var body = new MessageReader(frame.Bytes);
            var header = RequestHeader.Read(ref body);
            return RequestTracing.Begin(header, requester) is { } activity
                ? HandleTraced(activity, handler, frame, ref body, header, requester)
                : handler.HandleFrame(frame, ref body, header, ContextOf(header, requester), requester.Closed);
        }
#pragma warning disable CA1031 // whatever a request brings about is its connection's to bear
        catch (Exception cause)
#pragma warning restore CA1031
        {
            frame.Dispose();
            return ValueTask.FromException<ResponseFrame>(cause);
        }
    }

    private static ValueTask<ResponseFrame> HandleTraced(
        Activity activity, IFrameHandler handler, RequestFrame frame, ref MessageReader body, RequestHeader header, IRequester requester)
    {
        try
        {
            return RequestTracing.EndAsync(activity, handler.HandleFrame(frame, ref body, header, ContextOf(header, requester), requester.Closed));
        }
        catch (Exception cause)
        {
            RequestTracing.Fail(activity, cause);
            throw;
        }
        finally
        {
            // The handler's later parts carry it with them; the connection's next requests are not part of it.
            Activity.Current = null;
        }
    }

    private static ResponseFrame RefuseApiVersions(RequestFrame frame, IRequestHandler handler)
    {
        var correlationId = BinaryPrimitives.ReadInt32BigEndian(frame.Bytes.Span[4..]);
        frame.Dispose();
        return ResponseEncoder.Encode(ApiVersionsHandler.Refuse(handler), ApiKey.ApiVersions, 0, correlationId);
    }

    /// <summary>Clients send many requests alike: the context of the last one mostly fits.</summary>
    private static RequestContext ContextOf(RequestHeader header, IRequester requester)
    {
        var last = requester.LastContext;
        if (last is not null && last.ApiVersion == header.ApiVersion && last.ClientId == header.ClientId)
            return last;
        return requester.LastContext = new RequestContext(
            header.ApiVersion, header.ClientId, requester.Remote, requester.Listener, requester.Id, requester.IsInterBroker)
        { Quota = requester.Quota };
    }
}

/// <summary>What a gateway answers at one time.</summary>
/// <param name="Handlers">By API.</param>
/// <param name="ToClients">False: to other brokers only.</param>
internal sealed record ServedApis(HandlerTable Handlers, bool ToClients);

/// <summary>This node serves no clients now. They find out as from a broker that is down, and so without a line in the log.</summary>
internal sealed class TurnedAwayException() : Exception("This node serves no clients now");
