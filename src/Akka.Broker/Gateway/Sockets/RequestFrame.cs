using System.Buffers;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// One request's bytes, behind the length field. It has one owner: the connection, then whoever it is handed to. <see cref="Dispose"/> gives the
/// array back to the pool; <see cref="Abandon"/> leaves it to the garbage collector, for when somebody else may still read or write it.
/// </summary>
public sealed class RequestFrame : IDisposable
{
    private readonly FrameMemory? _memory;
    private byte[]? _array;

    /// <param name="array">From the shared pool; the frame's from now on.</param>
    /// <param name="length">How much of it is the frame.</param>
    /// <param name="memory">Where <paramref name="length"/> bytes are reserved for it, if anywhere.</param>
    internal RequestFrame(byte[] array, int length, FrameMemory? memory)
    {
        _array = array;
        Length = length;
        _memory = memory;
    }

    public int Length { get; }

    public Memory<byte> Bytes => (_array ?? throw new ObjectDisposedException(nameof(RequestFrame))).AsMemory(0, Length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is not { } array)
            return;
        ArrayPool<byte>.Shared.Return(array);
        _memory?.Release(Length);
    }

    public void Abandon()
    {
        if (Interlocked.Exchange(ref _array, null) is not null)
            _memory?.Release(Length);
    }
}
