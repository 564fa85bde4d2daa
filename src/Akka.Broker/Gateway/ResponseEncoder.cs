using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>Puts length, header and body of a response into one frame.</summary>
internal static class ResponseEncoder
{
    public static ResponseFrame Encode(IResponse response, ApiKey apiKey, short apiVersion, int correlationId, int throttleTimeMs = 0)
    {
        var writer = new MessageWriter();
        var isWhole = false;
        try
        {
            var mark = writer.BeginFrame();
            writer.WriteInt32(correlationId);
            if (ResponseHeader.VersionFor(apiKey, apiVersion) >= 1)
                writer.WriteUnsignedVarint(0);
            response.Write(writer, apiVersion);
            writer.EndFrame(mark);
            isWhole = true;
            return new ResponseFrame(writer, throttleTimeMs);
        }
        finally
        {
            if (!isWhole)
                writer.Dispose();
        }
    }
}
