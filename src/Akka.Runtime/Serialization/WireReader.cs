using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;

namespace Akka.Serialization;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Bytes that end too early or lie about a length are a <see cref="SerializationException"/>.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public ulong VarUInt()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw new SerializationException("a number has more than ten bytes");
    }

    public long VarInt()
    {
        var value = VarUInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of things to come, each of at least one byte.</summary>
    public int Count()
    {
        var value = VarUInt();
        return value <= (ulong)_rest.Length ? (int)value : throw Short(value);
    }

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public string? StringOrNull() => VarUInt() is var length and > 0 ? Encoding.UTF8.GetString(Take(length - 1)) : null;

    public string String() => StringOrNull() ?? throw new SerializationException("a text is missing");

    public ReadOnlySpan<byte> Blob() => Take(VarUInt());

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw Short(count);
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private readonly SerializationException Short(ulong wanted) => new($"{wanted} more bytes are announced, {_rest.Length} are there");
}
