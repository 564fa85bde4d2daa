using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>A client that sends what it is told, sense or nonsense, and reads frames.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly Socket _socket;
    private int _correlationId;

    private WireClient(Socket socket) => _socket = socket;

    public static async Task<WireClient> ConnectAsync(IPEndPoint endpoint, int receiveBufferBytes = 0)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBufferBytes > 0)
            socket.ReceiveBufferSize = receiveBufferBytes;
        await socket.ConnectAsync(endpoint);
        socket.NoDelay = true;
        return new WireClient(socket);
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    /// <summary>A whole request frame, length field included.</summary>
    public static byte[] Encode<TRequest>(TRequest request, short version, int correlationId, string? clientId = "spec")
        where TRequest : IRequest
    {
        using var writer = new MessageWriter();
        var mark = writer.BeginFrame();
        new RequestHeader(TRequest.ApiKey, version, correlationId, clientId).Write(writer);
        request.Write(writer, version);
        writer.EndFrame(mark);
        return writer.ToArray();
    }

    /// <summary>Sends and returns the correlation id.</summary>
    public async Task<int> SendAsync<TRequest>(TRequest request, short version) where TRequest : IRequest
    {
        var id = ++_correlationId;
        await SendRawAsync(Encode(request, version, id));
        return id;
    }

    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest
        where TResponse : IResponse, new()
    {
        var id = await SendAsync(request, version);
        var (correlationId, response) = await ReceiveAsync<TResponse>(TRequest.ApiKey, version);
        Assert.Equal(id, correlationId);
        return response;
    }

    public async Task<(int CorrelationId, TResponse Response)> ReceiveAsync<TResponse>(ApiKey apiKey, short version) where TResponse : IResponse, new()
    {
        var frame = await ReceiveFrameAsync() ?? throw new InvalidOperationException("The connection was closed.");
        return Decode<TResponse>(frame, apiKey, version);
    }

    /// <summary>The next frame without its length field; null when the broker has closed the connection.</summary>
    public async Task<byte[]?> ReceiveFrameAsync()
    {
        var length = new byte[4];
        if (!await FillAsync(length))
            return null;
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        return await FillAsync(frame) ? frame : null;
    }

    /// <summary>Reads, and throws away, until the broker closes the connection.</summary>
    public async Task<long> ReadToEndAsync()
    {
        var buffer = new byte[64 * 1024];
        var total = 0L;
        while (await ReadSomeAsync(buffer) is > 0 and var read)
            total += read;
        return total;
    }

    /// <summary>Ends the sending side, as a client that is through does.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    private static (int CorrelationId, TResponse Response) Decode<TResponse>(byte[] frame, ApiKey apiKey, short version) where TResponse : IResponse, new()
    {
        var reader = new MessageReader(frame);
        var header = ResponseHeader.Read(ref reader, apiKey, version);
        var response = new TResponse();
        response.Read(ref reader, version);
        reader.ExpectEnd();
        return (header.CorrelationId, response);
    }

    private async Task<bool> FillAsync(byte[] buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var read = await ReadSomeAsync(buffer.AsMemory(filled));
            if (read == 0)
                return false;
            filled += read;
        }
        return true;
    }

    private async Task<int> ReadSomeAsync(Memory<byte> buffer)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
