using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// The reading side of a <see cref="PartitionLog"/>: any thread, no lock. It works on the contents that the writer has published, holds a segment
/// while it looks into it, and looks again when the segment was deleted in between.
/// <para>
/// Headers that do not lead on to a segment's end are damage: nobody may take what lies behind them for the next record. The reader is refused, and the scrubber told.
/// </para>
/// </summary>
internal sealed class LogReader(PartitionLog log, LogMutator mutator)
{
    private const int DecompressedBytesMax = 512 * 1024 * 1024;

    public FileRecords Read(long startOffset, int maxBytes, long maxOffsetExclusive, bool minOneBatch)
    {
        while (true)
        {
            CheckRange(startOffset);
            if (startOffset >= maxOffsetExclusive)
                return FileRecords.Empty;
            var contents = mutator.Contents;
            for (var i = FloorOf(contents.Segments, startOffset); i < contents.Segments.Length; i++)
            {
                var segment = contents.Segments[i];
                if (!segment.TryAcquire())
                    break;
                FileRecords? records;
                try
                {
                    var isContinued = contents.EndOf(i) < Math.Min(maxOffsetExclusive, contents.EndOffset);
                    records = ReadHeld(segment, contents.SizeOf(i), contents.EndOf(i), isContinued, startOffset, maxBytes, maxOffsetExclusive, minOneBatch);
                }
                catch (Exception e)
                {
                    segment.Release();
                    if (e is IOException or CorruptFileException)
                        OnReadFailed(segment, e);
                    throw;
                }
                if (records is not null)
                    return records;
                segment.Release();
                if (i == contents.Segments.Length - 1)
                    return FileRecords.Empty;
            }
        }
    }

    public IEnumerable<BatchHeader> ReadHeaders(long fromOffset)
    {
        CheckRange(fromOffset);
        var contents = mutator.Contents;
        for (var i = FloorOf(contents.Segments, fromOffset); i < contents.Segments.Length && fromOffset < contents.EndOffset; i++)
        {
            var segment = contents.Segments[i];
            if (!segment.TryAcquire())
                throw new OffsetOutOfRangeException(log.ToString(), fromOffset, log.LogStartOffset, log.LogEndOffset);
            try
            {
                using var headers = new SegmentHeaders(this, segment, fromOffset, contents.SizeOf(i));
                while (headers.MoveNext())
                {
                    if (headers.Current.LastOffset >= fromOffset)
                        yield return headers.Current;
                }
            }
            finally
            {
                segment.Release();
            }
        }
    }

    public TimestampedOffset? OffsetForTimestamp(long timestampMs)
    {
        var contents = mutator.Contents;
        for (var i = 0; i < contents.Segments.Length; i++)
        {
            var segment = contents.Segments[i];
            if (segment.MaxTimestamp < timestampMs || !segment.TryAcquire())
                continue;
            try
            {
                if (FindByTime(segment, contents.SizeOf(i), timestampMs) is { } found)
                    return found;
            }
            finally
            {
                segment.Release();
            }
        }
        return null;
    }

    public TimestampedOffset? MaxTimestampOffset()
    {
        var max = -1L;
        foreach (var segment in mutator.Contents.Segments)
            max = Math.Max(max, segment.BaseOffset < log.LogStartOffset ? MaxTimestampFromLogStart(segment) : segment.MaxTimestamp);
        return max < 0 ? null : OffsetForTimestamp(max);
    }

    public IReadOnlyList<AbortedTransaction> AbortedTransactions(long startOffset, long endOffset)
    {
        var found = new List<AbortedTransaction>();
        var segments = mutator.Contents.Segments;
        for (var i = FloorOf(segments, startOffset); i < segments.Length; i++)
        {
            var segment = segments[i];
            if (!segment.TryAcquire())
                continue;
            try
            {
                if (segment.TransactionIndex.Entries.Count > 0 && segment.TransactionIndex.Collect(startOffset, endOffset, found))
                    break;
            }
            finally
            {
                segment.Release();
            }
        }
        return found;
    }

    /// <summary>
    /// Somebody has met damage, or a disk that does not give the bytes: the scrubber looks at the segment next. Records that followers may lack yet cannot be had from
    /// anybody else: a log that cannot read those is offline, so that another replica leads.
    /// </summary>
    internal void OnReadFailed(LogSegment segment, Exception cause)
    {
        if (mutator.IsClosed || log.Failure is not null)
            return;
        mutator.Suspect(segment);
        if (cause is not IOException)
            return;
        mutator.ReadFailed?.Invoke(segment);
        if (!IsRepairable(segment))
            mutator.Fail(cause);
    }

    /// <summary>Committed and appended to no more; or the log's no longer.</summary>
    private bool IsRepairable(LogSegment segment)
    {
        var contents = mutator.Contents;
        var at = Array.IndexOf(contents.Segments, segment);
        return at < 0 || (at < contents.Segments.Length - 1 && contents.EndOf(at) <= log.HighWatermark);
    }

    /// <summary>The segment that holds the offset, or would: the last that begins at or before it.</summary>
    internal static int FloorOf(LogSegment[] segments, long offset)
    {
        var low = 0;
        var high = segments.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].BaseOffset <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return Math.Max(0, low - 1);
    }

    /// <summary>
    /// The position of the first batch that ends at or behind the offset, and its header; <paramref name="size"/> if there is none before that.
    /// </summary>
    /// <exception cref="CorruptFileException">The headers do not lead there.</exception>
    internal static int FindBatch(LogSegment segment, long offset, int size, out BatchHeader batch)
    {
        var scanner = new BatchScanner(segment.LogFile, Math.Min(size, segment.OffsetIndex.PositionFor(offset)), size);
        try
        {
            while (scanner.MoveNext())
            {
                if (scanner.Current.LastOffset < offset)
                    continue;
                batch = scanner.Current;
                return (int)scanner.Position;
            }
            ThrowUnlessAt(size, scanner.NextPosition, segment);
            batch = default;
            return size;
        }
        finally
        {
            scanner.Dispose();
        }
    }

    /// <summary>
    /// Where whole batches below the offset end in a segment: the position in the file, and the offset behind the last of them. Before damage, if there is some:
    /// what is cut off behind it was to be replaced anyway, and what lies before it is copied again.
    /// </summary>
    internal static (int Position, long EndOffset) FindCut(LogSegment segment, long offset)
    {
        var start = segment.OffsetIndex.PositionFor(offset - 1);
        var (position, end) = FindCut(segment, offset, start);
        // Not a batch further, from where the index leads to: only a walk from the segment's start tells what is whole.
        return position > start || position == segment.Size ? (position, end) : FindCut(segment, offset, 0);
    }

    private static (int Position, long EndOffset) FindCut(LogSegment segment, long offset, int start)
    {
        var end = segment.BaseOffset;
        var scanner = new BatchScanner(segment.LogFile, start, segment.Size);
        try
        {
            while (scanner.MoveNext())
            {
                if (scanner.Current.LastOffset >= offset)
                    return ((int)scanner.Position, end);
                end = scanner.Current.NextOffset;
            }
            return ((int)scanner.NextPosition, end);
        }
        finally
        {
            scanner.Dispose();
        }
    }

    /// <summary>Null, and the segment still held, if nothing in it lies at or behind the offset.</summary>
    private FileRecords? ReadHeld(
        LogSegment segment, int size, long segmentEnd, bool isContinued, long startOffset, int maxBytes, long maxOffsetExclusive, bool minOneBatch)
    {
        var start = FindBatch(segment, startOffset, size, out var first);
        if (start >= size)
            return null;
        if (first.BaseOffset >= maxOffsetExclusive)
        {
            segment.Release();
            return FileRecords.Empty;
        }
        var length = Math.Min(maxBytes, size - start);
        if (first.SizeInBytes > length)
            length = minOneBatch ? first.SizeInBytes : 0;
        if (maxOffsetExclusive < segmentEnd && length > first.SizeInBytes)
            length = Math.Min(length, FindBatch(segment, maxOffsetExclusive, size, out var behind) - start + WholeIfBefore(behind, maxOffsetExclusive));
        if (length <= 0)
        {
            segment.Release();
            return FileRecords.Empty;
        }
        return new FileRecords(this, segment, start, length) { IsContinued = isContinued };
    }

    /// <summary>A batch that begins before the bound is sent whole, even if it reaches over it.</summary>
    private static int WholeIfBefore(in BatchHeader batch, long maxOffsetExclusive) =>
        batch.SizeInBytes > 0 && batch.BaseOffset < maxOffsetExclusive ? batch.SizeInBytes : 0;

    /// <summary>A segment's indexes know of records before the log start too.</summary>
    private long MaxTimestampFromLogStart(LogSegment segment)
    {
        var max = -1L;
        if (!segment.TryAcquire())
            return max;
        try
        {
            var logStart = log.LogStartOffset;
            using var batches = new SegmentHeaders(this, segment, logStart, segment.Size);
            while (batches.MoveNext())
            {
                if (batches.Current.LastOffset >= logStart && batches.Current.RecordCount > 0)
                    max = Math.Max(max, batches.Current.MaxTimestamp);
            }
            return max;
        }
        finally
        {
            segment.Release();
        }
    }

    private TimestampedOffset? FindByTime(LogSegment segment, int size, long timestampMs)
    {
        var logStart = log.LogStartOffset;
        var from = Math.Max(segment.TimeIndex.OffsetFor(timestampMs), logStart);
        using var batches = new SegmentHeaders(this, segment, from, size);
        while (batches.MoveNext())
        {
            var header = batches.Current;
            if (header.MaxTimestamp < timestampMs || header.LastOffset < logStart)
                continue;
            if (FindInBatch(header, batches.ReadBatch(), timestampMs, logStart) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>A batch that its producer has packed such that nobody can read its records is found as a whole.</summary>
    private static TimestampedOffset? FindInBatch(in BatchHeader header, byte[] bytes, long timestampMs, long logStart)
    {
        if (!RecordBatch.TryRead(bytes, out var batch))
            return null;
        try
        {
            using var payload = RecordBatchReader.Decompress(batch, DecompressedBytesMax);
            foreach (var record in payload.Records)
            {
                if (record.TimestampMs >= timestampMs && record.Offset >= logStart)
                    return new TimestampedOffset(record.TimestampMs, record.Offset, header.PartitionLeaderEpoch);
            }
            return null;
        }
        catch (Exception cause) when (cause is CodecException or InvalidRecordException)
        {
            return new TimestampedOffset(header.MaxTimestamp, Math.Max(header.BaseOffset, logStart), header.PartitionLeaderEpoch);
        }
    }

    private static void ThrowUnlessAt(long end, long position, LogSegment segment)
    {
        if (position < end)
            throw new CorruptFileException(segment.LogPath, $"there is no batch header at byte {position}, where one is to be");
    }

    private void CheckRange(long offset)
    {
        if (mutator.IsClosed)
            throw new LogClosedException(log.ToString());
        var start = log.LogStartOffset;
        var end = log.LogEndOffset;
        if (offset < start || offset > end)
            throw new OffsetOutOfRangeException(log.ToString(), offset, start, end);
    }

    /// <summary>A <see cref="BatchScanner"/> over a segment for iterators, which cannot keep a mutable struct.</summary>
    private sealed class SegmentHeaders(LogReader reader, LogSegment segment, long fromOffset, int size) : IDisposable
    {
        private BatchScanner _scanner = new(segment.LogFile, Math.Min(size, segment.OffsetIndex.PositionFor(fromOffset)), size);

        public BatchHeader Current => _scanner.Current;

        /// <exception cref="CorruptFileException">The headers end before the segment does.</exception>
        public bool MoveNext()
        {
            try
            {
                if (_scanner.MoveNext())
                    return true;
                ThrowUnlessAt(size, _scanner.NextPosition, segment);
                return false;
            }
            catch (Exception e) when (e is IOException or CorruptFileException)
            {
                reader.OnReadFailed(segment, e);
                throw;
            }
        }

        public byte[] ReadBatch()
        {
            try
            {
                return _scanner.ReadBatch();
            }
            catch (Exception e) when (e is IOException or CorruptFileException)
            {
                reader.OnReadFailed(segment, e);
                throw;
            }
        }

        public void Dispose() => _scanner.Dispose();
    }
}
