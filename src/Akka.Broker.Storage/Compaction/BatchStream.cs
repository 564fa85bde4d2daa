using System.Buffers;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// Reads a run of whole batches out of a <c>.log</c> file, one after the other, through one buffer that grows only for a batch that is larger. Each is checked
/// against its checksum: what is rewritten gets a new one, under which damage would pass for truth.
/// </summary>
internal sealed class BatchStream(IDiskFile file, long position, long end, int bufferBytes, Action<int> onRead) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bufferBytes, RecordBatch.HeaderSize));
    private int _from;
    private int _length;
    private int _current;

    public BatchHeader Header { get; private set; }

    /// <summary>All of the current batch; until the next move.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_from, _current);

    /// <summary>Of the current batch in the file.</summary>
    public long Position => position + _from;

    /// <exception cref="CorruptFileException">There are bytes that are no whole, unharmed batch.</exception>
    public bool MoveNext()
    {
        _from += _current;
        _current = 0;
        if (Position >= end)
            return false;
        Require(RecordBatch.HeaderSize);
        var header = new BatchHeader(_buffer.AsSpan(_from, RecordBatch.HeaderSize));
        if (!header.IsPlausible)
            throw Corrupt("there is no batch header");
        Require(header.SizeInBytes);
        if (header.Crc != RecordBatch.ComputeCrc(_buffer.AsSpan(_from, header.SizeInBytes)))
            throw Corrupt($"the checksum of the batch at offset {header.BaseOffset} does not match its bytes");
        Header = header;
        _current = header.SizeInBytes;
        return true;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Require(int count)
    {
        if (_length - _from >= count)
            return;
        if (count > end - Position)
            throw Corrupt($"a batch needs {count} bytes, and {end - Position} are left");
        var kept = _buffer.AsSpan(_from, _length - _from);
        if (count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(count);
            kept.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            kept.CopyTo(_buffer);
        }
        position += _from;
        _length -= _from;
        _from = 0;
        var wanted = (int)Math.Min(_buffer.Length - _length, end - position - _length);
        var read = file.Read(position + _length, _buffer.AsSpan(_length, wanted));
        _length += read;
        onRead(read);
        if (_length < count)
            throw Corrupt($"it ends at {position + _length}, inside a batch");
    }

    private CorruptFileException Corrupt(string what) => new(file.Path, $"at byte {Position}: {what}");
}
