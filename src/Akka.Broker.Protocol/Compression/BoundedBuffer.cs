using System.Buffers;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// A growing run of pooled bytes that refuses to exceed its bound, so that a small hostile input cannot cost much memory.
/// What it hands out is valid until it next grows, is cleared or disposed. One thread at a time.
/// <para>Invariants: 0 ≤ Length ≤ BytesMax.</para>
/// </summary>
public sealed class BoundedBuffer(int bytesMax, int initialCapacity = 4096) : IBufferWriter<byte>, IDisposable
{
    private const int GrowthMin = 1024;

    private byte[] _array = ArrayPool<byte>.Shared.Rent(Math.Max(1, Math.Min(initialCapacity, bytesMax)));

    /// <summary>Without a bound of its own, only that of an array.</summary>
    public static BoundedBuffer Unbounded(int initialCapacity = 4096) => new(Array.MaxLength, initialCapacity);

    public int BytesMax { get; } = bytesMax >= 0 ? bytesMax : throw new ArgumentOutOfRangeException(nameof(bytesMax), bytesMax, "at least 0");

    public int Length { get; private set; }

    public Span<byte> Written => _array.AsSpan(0, Length);

    public Memory<byte> WrittenMemory => _array.AsMemory(0, Length);

    /// <summary>Room to write into, at least <paramref name="sizeHint"/> bytes, or 1. It may reach past the bound; <see cref="Advance"/> may not.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _array.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _array.AsMemory(Length);
    }

    /// <summary>What is written from <paramref name="start"/> on, with exactly <paramref name="room"/> bytes to write into behind it.</summary>
    public Span<byte> GetWrittenAndRoom(int start, int room)
    {
        Reserve(room);
        return _array.AsSpan(start, Length - start + room);
    }

    /// <summary>Keeps <paramref name="count"/> of the bytes that were written into the room.</summary>
    /// <exception cref="DecompressedSizeExceededException">The bound is passed.</exception>
    public void Advance(int count)
    {
        EnsureAllowed(count);
        Invariant.Check(count >= 0 && count <= _array.Length - Length);
        Length += count;
    }

    /// <summary>Checks that <paramref name="count"/> more bytes stay within the bound, before room for them is made.</summary>
    /// <exception cref="DecompressedSizeExceededException">They do not.</exception>
    public void EnsureAllowed(int count)
    {
        if (count > BytesMax - Length)
            throw new DecompressedSizeExceededException(BytesMax);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        EnsureAllowed(bytes.Length);
        Reserve(bytes.Length);
        bytes.CopyTo(_array.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what lies behind the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        Invariant.Check(length >= 0 && length <= Length);
        Length = length;
    }

    public void Dispose()
    {
        var array = _array;
        _array = [];
        Length = 0;
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
    }

    private void Reserve(int count)
    {
        if (count > _array.Length - Length)
            Grow(count);
    }

    private void Grow(int count)
    {
        var needed = (long)Length + Math.Max(count, GrowthMin);
        if (needed > Array.MaxLength)
            throw new DecompressedSizeExceededException(BytesMax);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _array.Length)));
        Written.CopyTo(larger);
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
