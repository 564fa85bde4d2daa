using System.Buffers;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Segments;

/// <summary>Bytes of a <c>.log</c> file that are no whole, unharmed batch: where they begin, what is wrong with them, and whether it is that the disk does not give them.</summary>
internal sealed record BadBatch(long Position, string Reason, bool IsUnreadable = false);

/// <summary>
/// Reads a run of whole batches out of a <c>.log</c> file, one after the other, through one buffer that grows only for a batch that is larger. Each is checked
/// against its checksum: what is copied on is not to spread damage, and what is rewritten gets a new checksum, under which damage would pass for truth. Bytes that
/// the disk does not give are damage like others. One thread.
/// </summary>
internal sealed class BatchStream(IDiskFile file, long position, long end, int bufferBytes, Action<int> onRead) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bufferBytes, RecordBatch.HeaderSize));
    private int _from;
    private int _length;
    private int _current;

    /// <summary>Of the current batch; at a bad one, of what stands in its place, as far as there is a header.</summary>
    public BatchHeader Header { get; private set; }

    /// <summary>Why <see cref="TryMoveNext"/> was false; null at the end.</summary>
    public BadBatch? Bad { get; private set; }

    /// <summary>All of the current batch; until the next move.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_from, _current);

    /// <summary>Of the current batch in the file.</summary>
    public long Position => position + _from;

    /// <exception cref="CorruptFileException">There are bytes that are no whole, unharmed batch.</exception>
    public bool MoveNext() => TryMoveNext() || (Bad is { } bad ? throw new CorruptFileException(file.Path, $"at byte {bad.Position}: {bad.Reason}") : false);

    /// <summary>False at the end, and where there are bytes that are no whole, unharmed batch: <see cref="Bad"/>.</summary>
    public bool TryMoveNext()
    {
        _from += _current;
        _current = 0;
        (Header, Bad) = (default, null);
        if (Position >= end)
            return false;
        if (!Require(RecordBatch.HeaderSize))
            return false;
        var header = Header = new BatchHeader(_buffer.AsSpan(_from, RecordBatch.HeaderSize));
        if (!header.IsPlausible)
            return Fail($"there is no batch header (size {header.SizeInBytes}, format {header.Magic}, base offset {header.BaseOffset})");
        if (!Require(header.SizeInBytes))
            return false;
        if (header.Crc != RecordBatch.ComputeCrc(_buffer.AsSpan(_from, header.SizeInBytes)))
            return Fail($"the checksum of the batch at offset {header.BaseOffset} does not match its bytes");
        _current = header.SizeInBytes;
        return true;
    }

    /// <summary>The next move begins so many bytes behind <see cref="Position"/>, whatever stands there.</summary>
    public void Skip(int bytes) => _current = bytes;

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private bool Require(int count)
    {
        if (_length - _from >= count)
            return true;
        if (count > end - Position)
            return Fail($"a batch needs {count} bytes, and {end - Position} are left");
        var kept = Math.Max(0, _length - _from);
        if (count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(count);
            _buffer.AsSpan(_length - kept, kept).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_length - kept, kept).CopyTo(_buffer);
        }
        position += _from;
        (_from, _length) = (0, kept);
        var wanted = (int)Math.Min(_buffer.Length - _length, end - position - _length);
        try
        {
            var read = file.Read(position + _length, _buffer.AsSpan(_length, wanted));
            _length += read;
            onRead(read);
        }
        catch (IOException unreadable)
        {
            return Fail($"it cannot be read: {unreadable.Message}", isUnreadable: true);
        }
        return _length >= count || Fail($"it ends at {position + _length}, inside a batch");
    }

    private bool Fail(string reason, bool isUnreadable = false)
    {
        Bad = new BadBatch(Position, reason, isUnreadable);
        return false;
    }
}
