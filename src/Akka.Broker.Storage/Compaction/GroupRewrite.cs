using System.Buffers;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// Writes what is left of a group of segments, or what a damaged one is to be, into one new segment, whose files have <c>.cleaned</c> behind their names until it
/// takes the old ones' place. Batches are gathered and written at one stroke. The worker's who holds <see cref="PartitionLog.RewriteGate"/>: a log has one such
/// segment at a time. A crash leaves <c>.cleaned</c> files, which the next start removes.
/// </summary>
internal sealed class GroupRewrite(IDisk disk, string folder, RewriteBudget budget, LogConfig config) : IDisposable
{
    private readonly List<BatchHeader> _headers = [];
    private readonly List<ReadOnlyMemory<byte>> _piece = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(budget.WriteBufferBytes);
    private int _length;
    private LogSegment? _segment;

    /// <summary>Whether what was written is something else than what was read.</summary>
    public bool IsChanged { get; private set; }

    public LogSegment Segment => _segment!;

    public void Begin(long baseOffset, long nowMs)
    {
        Invariant.Check(_length == 0);
        IsChanged = false;
        try
        {
            _segment = LogSegment.Create(disk, folder, baseOffset, nowMs, rollJitterMs: 0, LogFileNames.Cleaned);
        }
        catch
        {
            foreach (var extension in (ReadOnlySpan<string>)[LogFileNames.Log, LogFileNames.OffsetIndex, LogFileNames.TimeIndex])
                disk.DeleteFile(Path.Combine(folder, LogFileNames.Of(baseOffset, extension)) + LogFileNames.Cleaned);
            throw;
        }
    }

    /// <summary>Takes what is left of a segment's batches.</summary>
    public void Add(LogSegment source, BatchFilter filter)
    {
        using var batches = new BatchStream(source.LogFile, 0, source.Size, budget.ReadBufferBytes, budget.OnRead);
        while (batches.MoveNext())
        {
            budget.ThrowIfStopped();
            var left = filter.Filter(batches.Header, batches.Bytes);
            if (left.Length != batches.Bytes.Length || !left.Span.SequenceEqual(batches.Bytes.Span))
                IsChanged = true;
            if (!left.IsEmpty)
                Write(left.Span);
        }
    }

    /// <summary>All of it is on the disk when this returns.</summary>
    public LogSegment Complete()
    {
        Flush();
        Segment.Seal();
        Segment.LogFile.Sync();
        Segment.SyncIndexes();
        return Segment;
    }

    /// <summary>Removes what was written, unless it was handed over.</summary>
    public void Drop()
    {
        if (_segment is null)
            return;
        _segment.Release();
        foreach (var path in _segment.Paths())
            disk.DeleteFile(path);
        _segment = null;
        Clear();
    }

    /// <summary>It is the log's now.</summary>
    public void HandOver() => _segment = null;

    /// <summary>The log has not taken it.</summary>
    public void TakeBack(LogSegment segment) => _segment = segment;

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Takes one whole batch, behind those before it.</summary>
    public void Write(ReadOnlySpan<byte> batch)
    {
        if (_length + batch.Length > _buffer.Length)
        {
            Flush();
            if (batch.Length > _buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = ArrayPool<byte>.Shared.Rent(batch.Length);
            }
        }
        batch.CopyTo(_buffer.AsSpan(_length));
        _length += batch.Length;
        _headers.Add(new BatchHeader(batch));
    }

    private void Flush()
    {
        if (_length == 0)
            return;
        if ((long)Segment.Size + _length > int.MaxValue)
            throw new InvalidOperationException($"What is left of the segments from {Segment.BaseOffset} on is more than a segment can have.");
        _piece.Add(_buffer.AsMemory(0, _length));
        Segment.Write(_piece);
        var position = 0;
        foreach (var header in _headers)
        {
            Segment.Appended(header, _buffer.AsSpan(position, header.SizeInBytes), config.IndexIntervalBytes);
            position += header.SizeInBytes;
        }
        budget.OnWritten(_length);
        Clear();
    }

    private void Clear()
    {
        _piece.Clear();
        _headers.Clear();
        _length = 0;
    }
}
