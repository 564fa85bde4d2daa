using System.Buffers.Binary;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>
/// Reads a request's header and hands its body to the API's handler. What no handler serves closes the connection, as Kafka does, since nobody could know how to
/// answer it; ApiVersions alone is answered in any version (KIP-511), so that newer clients learn what there is. Thread-safe.
/// </summary>
internal sealed class RequestDispatcher(HandlerTable handlers) : IRequestDispatcher
{
    public ValueTask<ResponseFrame> DispatchAsync(RequestFrame frame, Connection connection)
    {
        try
        {
            var span = frame.Bytes.Span;
            var apiKey = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(span);
            var apiVersion = BinaryPrimitives.ReadInt16BigEndian(span[2..]);
            var handler = handlers.Find(apiKey, connection.IsInterBroker)
                ?? throw new MalformedFrameException($"It asked for API {(short)apiKey} ({apiKey}), which is not served on listener {connection.Listener}");
            if (apiVersion < handler.Versions.Min || apiVersion > handler.Versions.Max)
            {
                if (apiKey == ApiKey.ApiVersions)
                    return new ValueTask<ResponseFrame>(RefuseApiVersions(frame, handler));
                throw new MalformedFrameException(
                    $"It asked for version {apiVersion} of {apiKey}; {handler.Versions.Min} to {handler.Versions.Max} are served");
            }
            var body = new MessageReader(frame.Bytes);
            var header = RequestHeader.Read(ref body);
            return handler.HandleFrame(frame, ref body, header, ContextOf(header, connection), connection.Closed);
        }
#pragma warning disable CA1031 // whatever a request brings about is its connection's to bear
        catch (Exception cause)
#pragma warning restore CA1031
        {
            frame.Dispose();
            return ValueTask.FromException<ResponseFrame>(cause);
        }
    }

    private static ResponseFrame RefuseApiVersions(RequestFrame frame, IRequestHandler handler)
    {
        var correlationId = BinaryPrimitives.ReadInt32BigEndian(frame.Bytes.Span[4..]);
        frame.Dispose();
        return ResponseEncoder.Encode(ApiVersionsHandler.Refuse(handler), ApiKey.ApiVersions, 0, correlationId);
    }

    /// <summary>Clients send many requests alike: the context of the last one mostly fits.</summary>
    private static RequestContext ContextOf(RequestHeader header, Connection connection)
    {
        var last = connection.LastContext;
        if (last is not null && last.ApiVersion == header.ApiVersion && last.ClientId == header.ClientId)
            return last;
        return connection.LastContext = new RequestContext(
            header.ApiVersion, header.ClientId, connection.Remote, connection.Listener, connection.Id, connection.IsInterBroker);
    }
}
