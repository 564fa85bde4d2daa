using System.Buffers.Binary;
using System.Text;

namespace Akka.Serialization;

/// <summary>Bytes being written, in a buffer that grows and is used again. One thread at a time.</summary>
internal sealed class WireWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    /// <summary>Takes back what was written from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Starts again; a buffer that grew beyond <paramref name="keepMax"/> is let go.</summary>
    public void Clear(int keepMax = int.MaxValue)
    {
        Length = 0;
        if (_buffer.Length > keepMax)
            _buffer = new byte[keepMax];
    }

    public byte[] ToArray() => Written.ToArray();

    public void Byte(byte value) => Take(1)[0] = value;

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void VarUInt(ulong value)
    {
        var span = Room(10);
        var i = 0;
        while (value >= 0x80)
        {
            span[i++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[i++] = (byte)value;
        Length += i;
    }

    /// <summary>As <see cref="VarUInt"/>, with small negative numbers short too.</summary>
    public void VarInt(long value) => VarUInt((ulong)((value << 1) ^ (value >> 63)));

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(8), value);

    /// <summary>Length + 1 and UTF-8, or 0 for null.</summary>
    public void String(string? value)
    {
        if (value is null)
        {
            VarUInt(0);
            return;
        }
        var count = Encoding.UTF8.GetByteCount(value);
        VarUInt((ulong)count + 1);
        Encoding.UTF8.GetBytes(value, Take(count));
    }

    /// <summary>Length and bytes.</summary>
    public void Blob(ReadOnlySpan<byte> bytes)
    {
        VarUInt((ulong)bytes.Length);
        Raw(bytes);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Overwrites four bytes that were written before.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(position, 4), value);

    private Span<byte> Take(int count)
    {
        var span = Room(count)[..count];
        Length += count;
        return span;
    }

    private Span<byte> Room(int count)
    {
        if (_buffer.Length - Length < count)
            Array.Resize(ref _buffer, Math.Max(Length + count, (int)Math.Min(Array.MaxLength, 2L * _buffer.Length)));
        return _buffer.AsSpan(Length);
    }
}
