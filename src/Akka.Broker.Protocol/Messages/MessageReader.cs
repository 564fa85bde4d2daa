using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Akka.Broker.Protocol.Messages;

/// <summary>
/// Reads Kafka's primitive types from one frame, big-endian, front to back. Every length is checked against the bytes that are left before
/// anything is allocated, so a message costs memory in the order of its own size; whatever does not fit is a <see cref="MalformedMessageException"/>.
/// <para>
/// Strings and <c>bytes</c> are copies. <c>records</c> are slices of the frame (<see cref="MemoryRecords"/>).
/// </para>
/// <para>
/// <c>compact</c> parameters say that the version is flexible (KIP-482): lengths are unsigned varints of n + 1 with 0 for null,
/// instead of int16 (strings) or int32 (bytes, records, arrays) with -1 for null.
/// </para>
/// </summary>
public ref struct MessageReader(ReadOnlyMemory<byte> frame)
{
    /// <summary>Structures in all arrays of one message. An object is many times its bytes; without this a large frame of tiny ones could fill the memory.</summary>
    public const int StructuresMax = 1 << 20;

    private readonly ReadOnlyMemory<byte> _memory = frame;
    private readonly ReadOnlySpan<byte> _span = frame.Span;
    private int _position;
    private int _end = frame.Length;
    private int _structures;

    public readonly int Position => _position;

    public readonly int Remaining => _end - _position;

    public bool ReadBool() => Take(1)[0] != 0;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    public ErrorCode ReadError() => (ErrorCode)ReadInt16();

    public uint ReadUnsignedVarint()
    {
        var start = _position;
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var b = Take(1)[0];
            if (shift == 28 && b > 0x0f)
                break;
            value |= (uint)(b & 0x7f) << shift;
            if ((b & 0x80) == 0)
                return value;
        }

        throw new MalformedMessageException($"The varint at byte {start} does not end within 32 bits.");
    }

    public string ReadString(bool compact) => ReadNullableString(compact, mayBeNull: false)!;

    public string? ReadNullableString(bool compact, bool mayBeNull = true)
    {
        var length = compact ? ReadCompactLength() : ReadInt16();
        if (!CheckLength(length, mayBeNull, "string"))
            return null;
        if (length > short.MaxValue)
            ThrowLength("string", length, "at most 32767 bytes are allowed");
        return length == 0 ? "" : Encoding.UTF8.GetString(Take(length));
    }

    public ReadOnlyMemory<byte> ReadBytes(bool compact) => ReadNullableBytes(compact, mayBeNull: false).GetValueOrDefault();

    public ReadOnlyMemory<byte>? ReadNullableBytes(bool compact, bool mayBeNull = true)
    {
        var length = compact ? ReadCompactLength() : ReadInt32();
        if (!CheckLength(length, mayBeNull, "byte field"))
            return null;
        return length == 0 ? ReadOnlyMemory<byte>.Empty : Take(length).ToArray();
    }

    public Records? ReadNullableRecords(bool compact, bool mayBeNull = true)
    {
        var length = compact ? ReadCompactLength() : ReadInt32();
        if (!CheckLength(length, mayBeNull, "record set"))
            return null;
        var start = _position;
        Take(length);
        return length == 0 ? MemoryRecords.Empty : new MemoryRecords(_memory.Slice(start, length));
    }

    /// <summary>The number of elements that follow, -1 for a null array.</summary>
    /// <param name="compact">See the class.</param>
    /// <param name="mayBeNull">Whether the field may be null in this version.</param>
    /// <param name="elementSizeMin">The fewest bytes that an element can take: what bounds the allocation that the count leads to.</param>
    public int ReadArrayLength(bool compact, bool mayBeNull, int elementSizeMin)
    {
        var count = compact ? ReadCompactLength() : ReadInt32();
        if (count < 0)
        {
            if (count != -1 || !mayBeNull)
                ThrowLength("array", count, "null is not allowed here");
            return -1;
        }

        if (count > Remaining / elementSizeMin)
            ThrowLength("array", count, $"only {Remaining} bytes are left");
        return count;
    }

    /// <summary>As <see cref="ReadArrayLength"/>, for elements that are structures.</summary>
    public int ReadStructureCount(bool compact, bool mayBeNull, int elementSizeMin)
    {
        var count = ReadArrayLength(compact, mayBeNull, elementSizeMin);
        if (count > StructuresMax - _structures)
            ThrowLength("array", count, $"a message may have {StructuresMax} structures in all");
        if (count > 0)
            _structures += count;
        return count;
    }

    /// <summary>Whether a nullable structure is there: one byte, 1 or -1.</summary>
    public bool ReadPresence()
    {
        var mark = ReadInt8();
        if (mark is not (1 or -1))
            throw new MalformedMessageException($"The structure before byte {_position} is marked {mark}; 1 (present) or -1 (null) is allowed.");
        return mark == 1;
    }

    /// <summary>Tag and extent of the next tagged field. What is read until <see cref="EndTaggedField"/> cannot leave that extent.</summary>
    /// <param name="tag">Of the tagged field before, -1 for the first; then of this one. Tags rise.</param>
    /// <returns>To be given to <see cref="EndTaggedField"/>.</returns>
    public int BeginTaggedField(ref int tag)
    {
        var next = ReadUnsignedVarint();
        if (next > int.MaxValue || (int)next <= tag)
            throw new MalformedMessageException($"Tag {next} before byte {_position} comes after tag {tag}; tags must rise.");
        tag = (int)next;
        var size = ReadUnsignedVarint();
        if (size > Remaining)
            throw new MalformedMessageException($"Tagged field {tag} claims {size} bytes at byte {_position}; only {Remaining} are left.");
        var outerEnd = _end;
        _end = _position + (int)size;
        return outerEnd;
    }

    public void EndTaggedField(int outerEnd)
    {
        if (_position != _end)
            throw new MalformedMessageException($"A tagged field has {Remaining} bytes left over at byte {_position}.");
        _end = outerEnd;
    }

    /// <summary>All that is left of a tagged field that the schema does not know.</summary>
    public RawTaggedField ReadRawTaggedField(int tag) => new(tag, Take(Remaining).ToArray());

    /// <summary>A whole message was read: nothing may be left.</summary>
    public readonly void ExpectEnd()
    {
        if (Remaining != 0)
            throw new MalformedMessageException($"{Remaining} bytes are left over behind the message, at byte {_position}.");
    }

    private int ReadCompactLength()
    {
        var lengthPlusOne = ReadUnsignedVarint();
        if (lengthPlusOne > int.MaxValue)
            ThrowLength("field", lengthPlusOne - 1L, $"only {Remaining} bytes are left");
        return (int)lengthPlusOne - 1;
    }

    private readonly bool CheckLength(int length, bool mayBeNull, string what)
    {
        if (length >= 0)
            return true;
        if (length != -1 || !mayBeNull)
            ThrowLength(what, length, mayBeNull ? "-1 is the only negative length" : "null is not allowed here");
        return false;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(_end - _position))
            throw new MalformedMessageException($"{count} bytes are needed at byte {_position}; only {Remaining} are left.");
        var taken = _span.Slice(_position, count);
        _position += count;
        return taken;
    }

    [DoesNotReturn]
    private readonly void ThrowLength(string what, long length, string allowed) =>
        throw new MalformedMessageException($"The {what} before byte {_position} has length {length}; {allowed}.");
}
