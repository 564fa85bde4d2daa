using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// Cuts a connection's byte stream into request frames: <c>int32 length, then length bytes</c>.
/// <para>
/// Nothing is held while the connection is idle: it waits with a zero-byte receive and rents a chunk only when there is something to read.
/// Frames that fit the chunk are copied out of it; of a larger one only what the chunk caught is copied, the rest goes from the socket into the
/// frame's own array. That array grows as bytes arrive, not by what the length claims.
/// </para>
/// One caller at a time: the connection's receive loop.
/// </summary>
internal sealed class FrameReceiver(Socket socket, FrameMemory memory, TimeProvider time, int frameBytesMax, Action<string> evict) : IFrameInProgress
{
    private const int LengthSize = sizeof(int);
    private const int ChunkSize = 16 * 1024;

    /// <summary>No request is shorter: API key, version, correlation id.</summary>
    private const int FrameBytesMin = 8;

    /// <summary>The first piece of a large frame's array.</summary>
    private const int FirstPieceSize = 1024 * 1024;

    /// <summary>A large frame that brings less than this in the time that <see cref="FrameMemory"/> allows only trickles.</summary>
    private const int ProgressBytes = 64 * 1024;

    private byte[]? _chunk;
    private int _start;
    private int _end;
    private long _lastProgress = time.GetTimestamp();

    // Of the large frame in progress; the budget's guard reads them.
    private long _slowSince;
    private volatile bool _waitsForMemory;
    private volatile int _held;
    private volatile int _missing;

    /// <summary>When bytes came last, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastProgress => Volatile.Read(ref _lastProgress);

    private int Buffered => _end - _start;

    long IFrameInProgress.SlowSince => Volatile.Read(ref _slowSince);

    bool IFrameInProgress.WaitsForMemory => _waitsForMemory;

    int IFrameInProgress.HeldBytes => _held;

    int IFrameInProgress.MissingBytes => _missing;

    void IFrameInProgress.Evict() => evict("Its request arrives too slowly while request memory is short");

    /// <summary>The next frame, which is the caller's; null when the client has ended the stream between two frames.</summary>
    /// <exception cref="MalformedFrameException">The length cannot be true, or the stream ends within a frame.</exception>
    /// <exception cref="SocketException">The connection is lost.</exception>
    public async ValueTask<RequestFrame?> ReceiveAsync(CancellationToken closed)
    {
        while (true)
        {
            var length = PeekLength();
            if (length >= 0 && Buffered - LengthSize >= length)
                return await TakeAsync(length, closed).ConfigureAwait(false);
            if (length > ChunkSize - LengthSize)
                return await ReceiveLargeAsync(length, closed).ConfigureAwait(false);
            if (await FillAsync(closed).ConfigureAwait(false))
                continue;
            if (Buffered > 0)
                throw new MalformedFrameException($"The stream ends within a frame, {Buffered} bytes after its start");
            return null;
        }
    }

    /// <summary>Gives the chunk back. The receiver is not used afterwards.</summary>
    public void Release()
    {
        if (_chunk is { } chunk)
            ArrayPool<byte>.Shared.Return(chunk);
        _chunk = null;
        _start = _end = 0;
    }

    /// <summary>The length of the frame that begins in the chunk, -1 if that is not known yet.</summary>
    private int PeekLength()
    {
        if (Buffered < LengthSize)
            return -1;
        var length = BinaryPrimitives.ReadInt32BigEndian(_chunk.AsSpan(_start));
        if (length < FrameBytesMin || length > frameBytesMax)
            throw new MalformedFrameException($"A frame claims {length} bytes; {FrameBytesMin} to {frameBytesMax} (socket.request.max.bytes) are allowed");
        return length;
    }

    /// <summary>Receives what there is into the chunk. False at the stream's end.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken closed)
    {
        if (Buffered == 0)
        {
            Release();
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            _chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        }
        else if (_start > 0)
        {
            _chunk.AsSpan(_start, Buffered).CopyTo(_chunk);
            _end -= _start;
            _start = 0;
        }
        var received = await socket.ReceiveAsync(_chunk.AsMemory(_end, ChunkSize - _end), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
        _end += received;
        Volatile.Write(ref _lastProgress, time.GetTimestamp());
        return received > 0;
    }

    private async ValueTask<RequestFrame> TakeAsync(int length, CancellationToken closed)
    {
        await memory.ReserveAsync(length, held: 0, closed).ConfigureAwait(false);
        var array = ArrayPool<byte>.Shared.Rent(length);
        _chunk.AsSpan(_start + LengthSize, length).CopyTo(array);
        _start += LengthSize + length;
        return new RequestFrame(array, length, memory);
    }

    private async ValueTask<RequestFrame> ReceiveLargeAsync(int length, CancellationToken closed)
    {
        var reserved = Math.Min(length, FirstPieceSize);
        await memory.ReserveAsync(reserved, held: 0, closed).ConfigureAwait(false);
        var array = ArrayPool<byte>.Shared.Rent(reserved);
        var filled = Buffered - LengthSize;
        _chunk.AsSpan(_start + LengthSize, filled).CopyTo(array);
        Release();
        Volatile.Write(ref _lastProgress, time.GetTimestamp());
        _held = reserved;
        _missing = length - filled;
        Volatile.Write(ref _slowSince, time.GetTimestamp());
        memory.Started(this);
        var isWhole = false;
        try
        {
            var progress = 0;
            while (filled < length)
            {
                if (filled == reserved)
                {
                    var larger = (int)Math.Min(length, reserved * 2L);
                    await ReserveMoreAsync(larger - reserved, reserved, closed).ConfigureAwait(false);
                    _held = reserved = larger;
                    array = Grow(array, filled, larger);
                }
                var received = await socket.ReceiveAsync(array.AsMemory(filled, reserved - filled), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
                if (received == 0)
                    throw new MalformedFrameException($"The stream ends within a frame, after {filled} of {length} bytes");
                filled += received;
                _missing = length - filled;
                var now = time.GetTimestamp();
                Volatile.Write(ref _lastProgress, now);
                progress += received;
                if (progress >= ProgressBytes)
                {
                    progress = 0;
                    Volatile.Write(ref _slowSince, now);
                }
            }
            isWhole = true;
            return new RequestFrame(array, length, memory);
        }
        finally
        {
            memory.Finished(this);
            if (!isWhole)
            {
                ArrayPool<byte>.Shared.Return(array);
                memory.Release(reserved);
            }
        }
    }

    private async ValueTask ReserveMoreAsync(int bytes, int held, CancellationToken closed)
    {
        Volatile.Write(ref _slowSince, time.GetTimestamp());
        _waitsForMemory = true;
        try
        {
            await memory.ReserveAsync(bytes, held, closed).ConfigureAwait(false);
        }
        finally
        {
            // The time that the budget took is not the client's.
            Volatile.Write(ref _slowSince, time.GetTimestamp());
            _waitsForMemory = false;
        }
    }

    private static byte[] Grow(byte[] array, int filled, int size)
    {
        if (array.Length >= size)
            return array;
        var larger = ArrayPool<byte>.Shared.Rent(size);
        array.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        return larger;
    }
}
