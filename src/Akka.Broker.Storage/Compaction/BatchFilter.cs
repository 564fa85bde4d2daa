using System.Buffers.Binary;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>What is last known of a producer: where its last records end, -1 if its last batch was a marker, and its epoch.</summary>
internal readonly record struct LastOfProducer(long DataOffset, short Epoch);

/// <summary>
/// Decides what is left of a batch, and makes it.
/// <code>
///   a record stays     if no newer one of its key is in the map, and it has a value or its batch's delete horizon has not passed
///   a batch's range    stays: base offset, last offset delta, and with them the producer's sequence numbers
///   tombstones         set a delete horizon (attribute bit 6, in the base timestamp's place) when they are first met: from then on delete.retention.ms
///   a marker           likewise, from when nothing of its transaction is left
///   an empty batch     stays if it is its producer's last: a header alone
///   records aborted    go
/// </code>
/// What is returned is the given memory or the filter's own: it holds until the next call. One thread; one instance a run.
/// </summary>
internal sealed class BatchFilter(OffsetMap map, CleanedTransactions transactions, long deleteRetentionMs, long nowMs) : IDisposable
{
    private const int DecompressedBytesMax = 512 * 1024 * 1024;

    private readonly byte[] _header = new byte[RecordBatch.HeaderSize];
    private bool[] _keeps = new bool[1024];
    private RecordBatchBuilder? _builder;

    /// <summary>Of the batch's partition, by producer.</summary>
    public IReadOnlyDictionary<long, LastOfProducer> Producers { get; set; } = new Dictionary<long, LastOfProducer>();

    /// <summary>Batches that could not be decoded, and stay as they are.</summary>
    public int UnreadableBatches { get; private set; }

    /// <summary>Empty if nothing is left.</summary>
    public ReadOnlyMemory<byte> Filter(in BatchHeader header, ReadOnlyMemory<byte> bytes)
    {
        var isUseless = header.IsControl ? transactions.OnControlBatch(header, bytes) : transactions.OnBatch(header);
        var dropsAll = header.IsControl ? isUseless && header.DeleteHorizonMs is { } horizon && horizon <= nowMs : isUseless;
        if (dropsAll)
            return IsLastOfProducer(header) ? Emptied(header) : default;
        if (header.RecordCount == 0)
            return IsLastOfProducer(header) ? bytes : default;
        try
        {
            return FilterRecords(header, bytes, startsHorizon: header.IsControl && isUseless);
        }
        catch (Exception e) when (e is InvalidRecordException or CorruptCompressedDataException or DecompressedSizeExceededException)
        {
            // Nobody can read it; what its keys are is not known.
            UnreadableBatches++;
            return bytes;
        }
    }

    public void Dispose() => _builder?.Dispose();

    private ReadOnlyMemory<byte> FilterRecords(in BatchHeader header, ReadOnlyMemory<byte> bytes, bool startsHorizon)
    {
        var batch = new RecordBatch(bytes);
        using var payload = RecordBatchReader.Decompress(batch, DecompressedBytesMax);
        if (_keeps.Length < header.RecordCount)
            _keeps = new bool[header.RecordCount];
        int count = 0, kept = 0;
        foreach (var record in payload.Records)
        {
            var keeps = header.IsControl || Keeps(header, record);
            _keeps[count++] = keeps;
            if (!keeps)
                continue;
            kept++;
            startsHorizon |= record.Value.IsNull;
        }
        if (kept == 0)
            return IsLastOfProducer(header) ? Emptied(header) : default;
        startsHorizon &= header.DeleteHorizonMs is null;
        if (kept == count && !startsHorizon)
            return bytes;
        return Rebuild(header, payload, startsHorizon ? Horizon() : header.DeleteHorizonMs);
    }

    private bool Keeps(in BatchHeader header, in Record record)
    {
        if (record.Offset > map.LatestOffset)
            return true;
        if (record.Key.IsNull || record.Offset < map.Get(record.Key.Span))
            return false;
        return !record.Value.IsNull || header.DeleteHorizonMs is not { } horizon || nowMs < horizon;
    }

    private ReadOnlyMemory<byte> Rebuild(in BatchHeader header, RecordPayload payload, long? deleteHorizonMs)
    {
        _builder?.Dispose();
        _builder = new RecordBatchBuilder(
            new RecordBatchOptions
            {
                BaseOffset = header.BaseOffset,
                PartitionLeaderEpoch = header.PartitionLeaderEpoch,
                Compression = header.Compression,
                Producer = header.Producer,
                BaseSequence = header.BaseSequence,
                IsTransactional = header.IsTransactional,
                IsControl = header.IsControl,
                LogAppendTimeMs = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null,
                DeleteHorizonMs = deleteHorizonMs,
            },
            payload.Bytes.Length + RecordBatch.HeaderSize);
        var i = 0;
        foreach (var record in payload.Records)
        {
            if (_keeps[i++])
                _builder.Append(record);
        }
        return _builder.Build(header.LastOffset);
    }

    /// <summary>The header alone: offsets, epoch, producer and sequence numbers stay.</summary>
    private ReadOnlyMemory<byte> Emptied(in BatchHeader header)
    {
        using var builder = new RecordBatchBuilder(
            new RecordBatchOptions
            {
                BaseOffset = header.BaseOffset,
                PartitionLeaderEpoch = header.PartitionLeaderEpoch,
                Producer = header.Producer,
                BaseSequence = header.BaseSequence,
                IsTransactional = header.IsTransactional,
                IsControl = header.IsControl,
                LogAppendTimeMs = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null,
            },
            RecordBatch.HeaderSize);
        var bytes = builder.Build(header.LastOffset).Span;
        // Without records, the time that the batch had is the header's to keep.
        BinaryPrimitives.WriteInt64BigEndian(bytes[RecordBatch.MaxTimestampOffset..], header.MaxTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[RecordBatch.CrcOffset..], RecordBatch.ComputeCrc(bytes));
        bytes.CopyTo(_header);
        return _header;
    }

    private bool IsLastOfProducer(in BatchHeader header)
    {
        if (header.ProducerId < 0 || !Producers.TryGetValue(header.ProducerId, out var last))
            return false;
        return last.DataOffset >= 0 ? header.LastOffset == last.DataOffset : header.IsControl && header.ProducerEpoch == last.Epoch;
    }

    private long Horizon() => deleteRetentionMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + deleteRetentionMs;
}
