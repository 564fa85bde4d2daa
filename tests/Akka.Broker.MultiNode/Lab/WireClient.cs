using System.Buffers.Binary;
using System.Net.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>One request to one node over a connection of its own, within a time limit.</summary>
public static class WireClient
{
    public static async Task<TResponse> AskAsync<TRequest, TResponse>(Node node, TRequest request, short version, TimeSpan? limit = null)
        where TRequest : IRequest
        where TResponse : IResponse, new()
    {
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(3));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(node.Address, Node.ClientPort, timeout.Token);
        await socket.SendAsync(Encode(request, version), timeout.Token);
        var length = new byte[4];
        await FillAsync(socket, length, timeout.Token);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await FillAsync(socket, frame, timeout.Token);
        return Decode<TResponse>(frame, TRequest.ApiKey, version);
    }

    private static byte[] Encode<TRequest>(TRequest request, short version) where TRequest : IRequest
    {
        using var writer = new MessageWriter();
        var mark = writer.BeginFrame();
        new RequestHeader(TRequest.ApiKey, version, 1, "lab").Write(writer);
        request.Write(writer, version);
        writer.EndFrame(mark);
        return writer.ToArray();
    }

    private static TResponse Decode<TResponse>(byte[] frame, ApiKey apiKey, short version) where TResponse : IResponse, new()
    {
        var reader = new MessageReader(frame);
        ResponseHeader.Read(ref reader, apiKey, version);
        var response = new TResponse();
        response.Read(ref reader, version);
        return response;
    }

    private static async Task FillAsync(Socket socket, Memory<byte> buffer, CancellationToken cancelled)
    {
        while (buffer.Length > 0)
        {
            var received = await socket.ReceiveAsync(buffer, cancelled);
            if (received == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            buffer = buffer[received..];
        }
    }
}
