using System.Buffers.Binary;
using System.Text;
using Akka.Broker.Protocol.Compression;

namespace Akka.Broker.Protocol.Records;

/// <summary>
/// Builds one batch of format 2 in pooled memory: append records, then take the batch with <see cref="Build"/> or <see cref="ToArray"/>.
/// One thread at a time. <see cref="Clear"/> starts the next batch with the same options.
/// <para>Invariants: offset deltas rise; the header's count is that of the appended records; last offset delta ≥ the last record's.</para>
/// </summary>
public sealed class RecordBatchBuilder : IDisposable
{
    private const int VarIntsSizeMax = 1 + (5 * VarInt.SizeMax) + VarInt.LongSizeMax;

    private readonly RecordBatchOptions _options;
    private readonly BoundedBuffer _records;
    private BoundedBuffer? _compressed;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _lastOffsetDelta = -1;

    public RecordBatchBuilder(RecordBatchOptions? options = null, int initialCapacity = 1024)
    {
        _options = options ?? RecordBatchOptions.Default;
        _records = BoundedBuffer.Unbounded(initialCapacity);
        Clear();
    }

    public int RecordCount { get; private set; }

    /// <summary>Of the batch as it stands, before compression.</summary>
    public int UncompressedSizeInBytes => _records.Length;

    /// <summary>Behind the last record.</summary>
    public long NextOffset => _options.BaseOffset + _lastOffsetDelta + 1;

    /// <summary>Appends a record at <see cref="NextOffset"/>.</summary>
    public void Append(long timestampMs, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers = default) =>
        AppendAt(NextOffset, timestampMs, key, value, headers);

    /// <summary>Appends a record at an offset of its own, which leaves a gap if it is above <see cref="NextOffset"/>: for compaction.</summary>
    public void AppendAt(long offset, long timestampMs, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers = default)
    {
        var end = StartRecord(offset, timestampMs, key, value, headers.Length, HeadersSize(headers));
        foreach (var header in headers)
            WriteHeader(header);
        EndRecord(offset, end);
    }

    /// <summary>Appends a record that was read elsewhere, with its offset, time and headers.</summary>
    public void Append(Record record)
    {
        var end = StartRecord(record.Offset, record.TimestampMs, record.Key, record.Value, record.Headers.Count, record.Headers.Bytes.Length);
        _records.Write(record.Headers.Bytes);
        EndRecord(record.Offset, end);
    }

    /// <summary>
    /// Completes the batch. What is returned is the builder's memory: it holds until the builder is cleared, appended to or disposed, and may be
    /// written to (a leader patches offset and epoch in place).
    /// </summary>
    /// <param name="lastOffset">The last offset that the batch stands for, if that is behind its last record: compaction keeps a batch's range.</param>
    public Memory<byte> Build(long lastOffset = -1)
    {
        var lastOffsetDelta = lastOffset < 0 ? Math.Max(0, _lastOffsetDelta) : checked((int)(lastOffset - _options.BaseOffset));
        if (lastOffsetDelta < _lastOffsetDelta)
            throw new ArgumentOutOfRangeException(nameof(lastOffset), lastOffset, $"at least {NextOffset - 1}, the last record's");
        var batch = _records;
        if (_options.Compression != CompressionType.None)
        {
            batch = _compressed ??= BoundedBuffer.Unbounded(_records.Length);
            batch.Truncate(0);
            batch.GetSpan(RecordBatch.HeaderSize);
            batch.Advance(RecordBatch.HeaderSize);
            Codecs.Get(_options.Compression).Compress(_records.Written[RecordBatch.HeaderSize..], batch);
        }

        WriteBatchHeader(batch.Written, lastOffsetDelta);
        return batch.WrittenMemory;
    }

    /// <summary>As <see cref="Build"/>, in an array that belongs to the caller.</summary>
    public byte[] ToArray() => Build().ToArray();

    /// <summary>Forgets the records.</summary>
    public void Clear()
    {
        _records.Truncate(0);
        _records.GetSpan(RecordBatch.HeaderSize);
        _records.Advance(RecordBatch.HeaderSize);
        _lastOffsetDelta = -1;
        RecordCount = 0;
        _baseTimestamp = _options.DeleteHorizonMs ?? _options.BaseTimestampMs ?? -1;
        _maxTimestamp = -1;
    }

    public void Dispose()
    {
        _records.Dispose();
        _compressed?.Dispose();
    }

    /// <summary>Writes all of a record but its headers, and returns where the record must end.</summary>
    private int StartRecord(long offset, long timestampMs, NullableBytes key, NullableBytes value, int headerCount, int headersSize)
    {
        var offsetDelta = checked((int)(offset - _options.BaseOffset));
        if (offsetDelta <= _lastOffsetDelta)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"at least {NextOffset}, behind the record before");
        if (RecordCount == 0 && _options.DeleteHorizonMs is null && _options.BaseTimestampMs is null)
            _baseTimestamp = timestampMs;
        _maxTimestamp = Math.Max(_maxTimestamp, timestampMs);
        var timestampDelta = timestampMs - _baseTimestamp;
        var bodySize = checked(1 + VarInt.SizeOf(timestampDelta) + VarInt.SizeOf(offsetDelta) + VarInt.SizeOf(key.Size) + key.Span.Length
            + VarInt.SizeOf(value.Size) + value.Span.Length + VarInt.SizeOf(headerCount) + headersSize);
        var end = _records.Length + VarInt.SizeOf(bodySize) + bodySize;
        var room = _records.GetSpan(VarIntsSizeMax + key.Span.Length + value.Span.Length);
        var written = VarInt.Write(room, bodySize);
        room[written++] = 0;
        written += VarInt.Write(room[written..], timestampDelta);
        written += VarInt.Write(room[written..], offsetDelta);
        written += WriteBytes(room[written..], key);
        written += WriteBytes(room[written..], value);
        written += VarInt.Write(room[written..], headerCount);
        _records.Advance(written);
        return end;
    }

    private void EndRecord(long offset, int end)
    {
        Invariant.Check(_records.Length == end);
        _lastOffsetDelta = (int)(offset - _options.BaseOffset);
        RecordCount++;
    }

    private static int WriteBytes(Span<byte> destination, NullableBytes bytes)
    {
        var written = VarInt.Write(destination, bytes.Size);
        bytes.Span.CopyTo(destination[written..]);
        return written + bytes.Span.Length;
    }

    private static int HeadersSize(ReadOnlySpan<RecordHeader> headers)
    {
        var size = 0;
        foreach (var header in headers)
        {
            var keySize = Encoding.UTF8.GetByteCount(header.Key);
            var valueSize = header.Value?.Length ?? -1;
            size = checked(size + VarInt.SizeOf(keySize) + keySize + VarInt.SizeOf(valueSize) + Math.Max(0, valueSize));
        }

        return size;
    }

    private void WriteHeader(RecordHeader header)
    {
        var keySize = Encoding.UTF8.GetByteCount(header.Key);
        var room = _records.GetSpan((2 * VarInt.SizeMax) + keySize + (header.Value?.Length ?? 0));
        var written = VarInt.Write(room, keySize);
        written += Encoding.UTF8.GetBytes(header.Key, room[written..]);
        written += WriteBytes(room[written..], header.Value);
        _records.Advance(written);
    }

    private void WriteBatchHeader(Span<byte> batch, int lastOffsetDelta)
    {
        var attributes = (int)_options.Compression
            | (_options.LogAppendTimeMs is null ? 0 : RecordBatch.TimestampTypeMask)
            | (_options.IsTransactional ? RecordBatch.TransactionalMask : 0)
            | (_options.IsControl ? RecordBatch.ControlMask : 0)
            | (_options.DeleteHorizonMs is null ? 0 : RecordBatch.DeleteHorizonMask);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseOffsetOffset..], _options.BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LengthOffset..], batch.Length - RecordBatch.LogOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LeaderEpochOffset..], _options.PartitionLeaderEpoch);
        batch[RecordBatch.MagicOffset] = RecordBatch.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.AttributesOffset..], (short)attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LastOffsetDeltaOffset..], lastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseTimestampOffset..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampOffset..], _options.LogAppendTimeMs ?? _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.ProducerIdOffset..], _options.Producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.ProducerEpochOffset..], _options.Producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BaseSequenceOffset..], _options.BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.RecordCountOffset..], RecordCount);
        BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatch.CrcOffset..], RecordBatch.ComputeCrc(batch));
    }
}
