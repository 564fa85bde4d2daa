using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;

namespace Akka.Broker.Connections;

/// <summary>
/// Cuts a broker's byte stream into response frames: <c>int32 length, then length bytes</c>. Small frames are copied out of a chunk of their own size; of a
/// larger one only what the chunk caught is copied, the rest goes from the socket into the frame's array. One caller at a time.
/// </summary>
internal sealed class ResponseReceiver(Socket socket, int frameBytesMax)
{
    private const int LengthSize = sizeof(int);
    private const int ChunkSize = 4 * 1024;

    /// <summary>No response is shorter: a correlation id.</summary>
    private const int FrameBytesMin = 4;

    private readonly byte[] _chunk = new byte[ChunkSize];
    private int _start;
    private int _end;

    private int Buffered => _end - _start;

    /// <summary>The next frame, in a pooled array that is the caller's; null when the broker has ended the stream between two frames.</summary>
    /// <exception cref="InvalidDataException">The bytes are no frames.</exception>
    /// <exception cref="SocketException">The connection is lost.</exception>
    public async ValueTask<(byte[] Array, int Length)?> ReceiveAsync()
    {
        while (Buffered < LengthSize)
        {
            if (_start > 0)
            {
                _chunk.AsSpan(_start, Buffered).CopyTo(_chunk);
                _end -= _start;
                _start = 0;
            }
            var received = await socket.ReceiveAsync(_chunk.AsMemory(_end), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            if (received == 0)
                return Buffered == 0 ? null : throw new InvalidDataException("the stream ended within a frame");
            _end += received;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(_chunk.AsSpan(_start));
        if (length < FrameBytesMin || length > frameBytesMax)
            throw new InvalidDataException($"a response frame claims {length} bytes; {FrameBytesMin} to {frameBytesMax} are allowed");
        _start += LengthSize;
        return (await FillAsync(length).ConfigureAwait(false), length);
    }

    private async ValueTask<byte[]> FillAsync(int length)
    {
        var array = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var filled = Math.Min(Buffered, length);
            _chunk.AsSpan(_start, filled).CopyTo(array);
            _start += filled;
            while (filled < length)
            {
                var received = await socket.ReceiveAsync(array.AsMemory(filled, length - filled), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
                if (received == 0)
                    throw new InvalidDataException($"the stream ended within a frame, after {filled} of {length} bytes");
                filled += received;
            }
            return array;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array);
            throw;
        }
    }
}
