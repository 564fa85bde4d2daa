using System.Buffers.Binary;
using System.Net.Sockets;

namespace Akka.Remote;

/// <summary>Cuts what a socket receives into frames. By one reader; a frame is valid until the next is asked for.</summary>
internal sealed class FrameReader(Socket socket, int frameBytesMax)
{
    private const int BufferBytes = 64 * 1024;

    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>The next frame that is there as a whole, without its length.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        if (_end - _start < sizeof(int))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length <= 0 || length > frameBytesMax)
        {
            throw new InvalidDataException(
                $"the peer announces a frame of {length} bytes, allowed are 1 to {frameBytesMax}; it is no system of this kind, or has a larger akka.remote.dot-netty.tcp.maximum-frame-size");
        }
        if (_end - _start - sizeof(int) < length)
            return false;
        frame = _buffer.AsMemory(_start + sizeof(int), length);
        _start += sizeof(int) + length;
        return true;
    }

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellation)
    {
        MakeRoom();
        var received = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellation).ConfigureAwait(false);
        _end += received;
        return received > 0;
    }

    /// <summary>The next frame, waited for; null at the end of the stream.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> frame;
        while (!TryRead(out frame))
        {
            if (!await ReceiveAsync(cancellation).ConfigureAwait(false))
                return null;
        }
        return frame;
    }

    private void MakeRoom()
    {
        var held = _end - _start;
        var needed = held < sizeof(int) ? 0 : sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        var wanted = Math.Max(needed, _end == _buffer.Length ? BufferBytes : 0);
        if (wanted > _buffer.Length || (_buffer.Length > BufferBytes && held == 0))
        {
            // Grown for a large frame, and back when that is done.
            var next = new byte[Math.Max(wanted, BufferBytes)];
            _buffer.AsSpan(_start, held).CopyTo(next);
            _buffer = next;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
        }
        _start = 0;
        _end = held;
    }
}
