using System.Buffers;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// A range of a segment's <c>.log</c> file, to be sent as it lies there. It holds the segment: a file that is deleted meanwhile stays readable until
/// <see cref="Dispose"/>. One owner; dispose it once, when the bytes are sent.
/// </summary>
public sealed class FileRecords : Records, IDisposable
{
    private const int CheckBytes = 64 * 1024;

    public static readonly FileRecords Empty = new(null, null, 0, 0);

    private readonly LogReader? _reader;
    private LogSegment? _segment;

    internal FileRecords(LogReader? reader, LogSegment? segment, long position, int sizeInBytes)
    {
        _reader = reader;
        _segment = segment;
        Position = position;
        SizeInBytes = sizeInBytes;
    }

    public override int SizeInBytes { get; }

    /// <summary>Of the first byte in the file.</summary>
    public long Position { get; }

    /// <summary>Behind this segment more lies that the reader may have: more than these bytes is there, though a read ends with its segment.</summary>
    public bool IsContinued { get; init; }

    /// <summary>For sendfile; null if the records are empty or lie on a disk without operating system files: then <see cref="Read"/> them. Never dispose it.</summary>
    public FileStream? Stream => _segment?.LogFile.Stream;

    /// <summary>Copies bytes from <paramref name="from"/>, counted from the first of this range; returns how many, less than asked for only at the end.</summary>
    public int Read(int from, Span<byte> destination)
    {
        var count = Math.Min(destination.Length, SizeInBytes - from);
        if (count <= 0)
            return 0;
        ObjectDisposedException.ThrowIf(_segment is null, this);
        try
        {
            return _segment.LogFile.Read(Position + from, destination[..count]);
        }
        catch (IOException e)
        {
            _reader!.OnReadFailed(_segment, e);
            throw;
        }
    }

    /// <summary>A sendfile has failed, and that may have been the disk, of which it does not tell: reads the range once, so that one that fails is noticed.</summary>
    /// <exception cref="IOException">It was.</exception>
    public void CheckReadable()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CheckBytes);
        try
        {
            for (int at = 0, read; at < SizeInBytes && (read = Read(at, buffer)) > 0;)
                at += read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>All of it, in memory.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[SizeInBytes];
        var read = Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    public void Dispose() => Interlocked.Exchange(ref _segment, null)?.Release();
}
