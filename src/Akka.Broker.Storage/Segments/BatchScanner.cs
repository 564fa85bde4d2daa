using System.Buffers;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>
/// Walks over the batch headers of a <c>.log</c> file from one batch's start to a position, skipping payloads by their length. Small batches come out of
/// one large read, large ones cost one small read each. For files that recovery has been over: it stops at what is no header, and says so.
/// </summary>
internal struct BatchScanner(IDiskFile file, long position, long end) : IDisposable
{
    private const int WindowBytes = 64 * 1024;
    private const int FirstReadBytes = 4096;
    private const int SkippingReadBytes = 256;

    private byte[]? _window;
    private long _windowStart;
    private int _windowLength;
    private long _next = position;
    private bool _skipping;

    /// <summary>Of the batch that <see cref="Current"/> is the header of.</summary>
    public long Position { get; private set; } = position;

    public BatchHeader Current { get; private set; }

    /// <summary>Where the walk stands: behind the current batch. At the end of a walk over whole batches it is the end that was given.</summary>
    public readonly long NextPosition => _next;

    public bool MoveNext()
    {
        if (end - _next < RecordBatch.HeaderSize)
            return false;
        if (!TryPeek(_next, out var header))
            return false;
        var batch = new BatchHeader(header);
        if (!batch.IsPlausible || batch.SizeInBytes > end - _next)
            return false;
        Current = batch;
        Position = _next;
        _next += batch.SizeInBytes;
        _skipping = batch.SizeInBytes > FirstReadBytes;
        return true;
    }

    /// <summary>What a control batch says; null if it is no transaction marker.</summary>
    public readonly EndTransactionMarker? ReadMarker()
    {
        if (!Current.IsControl)
            return null;
        if (!RecordBatch.TryRead(ReadBatch(), out var batch))
            return null;
        try
        {
            return EndTransactionMarker.TryRead(batch, out var marker) ? marker : null;
        }
        catch (InvalidRecordException)
        {
            return null;
        }
    }

    /// <summary>All of the current batch.</summary>
    public readonly byte[] ReadBatch()
    {
        var bytes = new byte[Current.SizeInBytes];
        return file.Read(Position, bytes) == bytes.Length ? bytes : throw new CorruptFileException(file.Path, $"it ends inside the batch at byte {Position}");
    }

    public void Dispose()
    {
        if (_window is not null)
            ArrayPool<byte>.Shared.Return(_window);
        _window = null;
    }

    private bool TryPeek(long at, out ReadOnlySpan<byte> header)
    {
        if (_window is null || at < _windowStart || at + RecordBatch.HeaderSize > _windowStart + _windowLength)
        {
            var first = _window is null;
            _window ??= ArrayPool<byte>.Shared.Rent(WindowBytes);
            var want = first ? FirstReadBytes : _skipping ? SkippingReadBytes : WindowBytes;
            _windowStart = at;
            _windowLength = file.Read(at, _window.AsSpan(0, (int)Math.Min(want, end - at)));
        }
        header = _window.AsSpan((int)(at - _windowStart));
        if (_windowStart + _windowLength - at < RecordBatch.HeaderSize)
            return false;
        header = header[..RecordBatch.HeaderSize];
        return true;
    }
}
