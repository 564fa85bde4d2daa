using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Akka.Broker.Protocol.Messages;

/// <summary>A stretch of a written message, in sending order: bytes in memory, or (<paramref name="External"/>) records that lie elsewhere.</summary>
public readonly record struct MessageSegment(ReadOnlyMemory<byte> Memory, Records? External)
{
    public int Length => External?.SizeInBytes ?? Memory.Length;
}

/// <summary>
/// Writes Kafka's primitive types, big-endian, into one pooled buffer that grows. Records are not copied into it (small ones in memory excepted):
/// the place where they belong is remembered, and <see cref="Segments"/> gives buffer and records in order.
/// <para>The segments are valid until <see cref="Reset"/> or <see cref="Dispose"/>. One thread at a time.</para>
/// </summary>
public sealed class MessageWriter(int capacity = 512) : IDisposable
{
    /// <summary>Records in memory up to this size are copied: a segment of their own would cost more.</summary>
    private const int CopiedRecordsMax = 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;
    private long _splicedBytes;
    private readonly List<Splice> _splices = [];

    /// <summary>Bytes so far, records included.</summary>
    public long TotalBytes => _length + _splicedBytes;

    public SegmentList Segments => new(this);

    public void WriteBool(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Take(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Take(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    public void WriteError(ErrorCode value) => WriteInt16((short)value);

    public void WriteUnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            Take(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Take(1)[0] = (byte)value;
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void WriteString(string? value, bool compact, bool mayBeNull = false)
    {
        if (value is null)
        {
            RequireNullable(mayBeNull);
            if (compact)
                WriteUnsignedVarint(0);
            else
                WriteInt16(-1);
            return;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (size > short.MaxValue)
            throw new NotSupportedException($"A string of {size} bytes has no encoding; at most 32767 are allowed.");
        if (compact)
            WriteUnsignedVarint((uint)size + 1);
        else
            WriteInt16((short)size);
        Encoding.UTF8.GetBytes(value, Take(size));
    }

    public void WriteBytes(ReadOnlyMemory<byte>? value, bool compact, bool mayBeNull = false)
    {
        WriteLength(value?.Length ?? -1, compact, mayBeNull);
        if (value is { } bytes)
            WriteRaw(bytes.Span);
    }

    public void WriteRecords(Records? value, bool compact, bool mayBeNull = true)
    {
        var size = value?.SizeInBytes ?? -1;
        WriteLength(size, compact, mayBeNull);
        if (size <= 0)
            return;
        if (value is MemoryRecords { SizeInBytes: <= CopiedRecordsMax } small)
        {
            WriteRaw(small.Memory.Span);
            return;
        }

        _splices.Add(new Splice(_length, value!));
        _splicedBytes += size;
    }

    /// <summary>The number of elements that follow; -1 for a null array.</summary>
    public void WriteArrayLength(int count, bool compact, bool mayBeNull = false) => WriteLength(count, compact, mayBeNull);

    /// <summary>The mark before a nullable structure.</summary>
    public void WritePresence(bool present) => WriteInt8(present ? (sbyte)1 : (sbyte)-1);

    /// <summary>Starts a tagged field, whose size is not known yet. The mark returned goes to <see cref="EndTaggedField"/>.</summary>
    public int BeginTaggedField(int tag)
    {
        WriteUnsignedVarint((uint)tag);
        WriteInt8(0);
        return _length;
    }

    /// <summary>Writes the size in front of the field: one byte is kept for it, a longer one moves the content.</summary>
    public void EndTaggedField(int mark)
    {
        Invariant.Check(_splices.Count == 0 || _splices[^1].Position <= mark);
        var size = (uint)(_length - mark);
        var extra = 0;
        for (var rest = size >> 7; rest != 0; rest >>= 7)
            extra++;
        if (extra > 0)
        {
            Take(extra);
            _buffer.AsSpan(mark, (int)size).CopyTo(_buffer.AsSpan(mark + extra));
        }

        var end = _length;
        _length = mark - 1;
        WriteUnsignedVarint(size);
        _length = end;
    }

    /// <summary>Writes the fields of <paramref name="fields"/> from index <paramref name="next"/> on whose tags lie below <paramref name="tag"/>.</summary>
    /// <returns>The index behind the last that was written.</returns>
    public int WriteRawTaggedFields(List<RawTaggedField>? fields, int next, int tag = int.MaxValue)
    {
        for (; fields is not null && next < fields.Count && fields[next].Tag < tag; next++)
        {
            WriteUnsignedVarint((uint)fields[next].Tag);
            WriteUnsignedVarint((uint)fields[next].Data.Length);
            WriteRaw(fields[next].Data.Span);
        }

        return next;
    }

    /// <summary>Keeps room for a frame's length; the mark returned goes to <see cref="EndFrame"/>.</summary>
    public long BeginFrame()
    {
        WriteInt32(0);
        return TotalBytes;
    }

    /// <summary>Writes the length of all that came after <see cref="BeginFrame"/> into the room it kept. One frame a writer between resets.</summary>
    public void EndFrame(long mark)
    {
        Invariant.Check(mark == sizeof(int));
        var size = TotalBytes - mark;
        if (size > int.MaxValue)
            throw new NotSupportedException($"A frame of {size} bytes has no encoding; at most {int.MaxValue} are allowed.");
        BinaryPrimitives.WriteInt32BigEndian(_buffer, (int)size);
    }

    /// <summary>Writes over four bytes that were written before the first records: what becomes known only when the rest is written.</summary>
    public void PatchInt32(int position, int value)
    {
        Invariant.Check(position + sizeof(int) <= (_splices.Count == 0 ? _length : _splices[0].Position));
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position), value);
    }

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Reset()
    {
        _length = 0;
        _splicedBytes = 0;
        _splices.Clear();
    }

    /// <summary>One array of all that was written. Records that do not lie in memory cannot be part of it.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[TotalBytes];
        var at = 0;
        foreach (var segment in Segments)
        {
            var memory = segment.External switch
            {
                null => segment.Memory,
                MemoryRecords records => records.Memory,
                _ => throw new InvalidOperationException($"{segment.External.GetType().Name} does not lie in memory: send the segments one by one."),
            };
            memory.Span.CopyTo(bytes.AsSpan(at));
            at += memory.Length;
        }

        return bytes;
    }

    public void Dispose()
    {
        Reset();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void WriteLength(int length, bool compact, bool mayBeNull)
    {
        if (length < 0)
            RequireNullable(mayBeNull);
        if (compact)
            WriteUnsignedVarint((uint)(length + 1));
        else
            WriteInt32(length);
    }

    private static void RequireNullable(bool mayBeNull)
    {
        if (!mayBeNull)
            ThrowNull();
    }

    [DoesNotReturn]
    private static void ThrowNull() => throw new NotSupportedException("A null field has no encoding in this version.");

    private Span<byte> Take(int count)
    {
        var start = _length;
        if (count > _buffer.Length - start)
            Grow(count);
        _length = start + count;
        return _buffer.AsSpan(start, count);
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    /// <summary>Records that come before the buffer's byte at <paramref name="Position"/>.</summary>
    private readonly record struct Splice(int Position, Records Records);

    /// <summary>What was written, in order; enumerating allocates nothing.</summary>
    public readonly struct SegmentList(MessageWriter writer)
    {
        public SegmentEnumerator GetEnumerator() => new(writer);
    }

    /// <summary>Walks the segments: a stretch of the buffer, the records behind it, the next stretch.</summary>
    public struct SegmentEnumerator(MessageWriter writer)
    {
        private int _position;
        private int _splice;

        public MessageSegment Current { get; private set; }

        public bool MoveNext()
        {
            var end = _splice < writer._splices.Count ? writer._splices[_splice].Position : writer._length;
            if (_position < end)
            {
                Current = new MessageSegment(writer._buffer.AsMemory(_position, end - _position), null);
                _position = end;
                return true;
            }

            if (_splice == writer._splices.Count)
                return false;
            Current = new MessageSegment(default, writer._splices[_splice++].Records);
            return true;
        }
    }
}
