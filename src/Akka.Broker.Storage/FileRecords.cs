using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage;

/// <summary>
/// A range of a segment's <c>.log</c> file, to be sent as it lies there. It holds the segment: a file that is deleted meanwhile stays readable until
/// <see cref="Dispose"/>. One owner; dispose it once, when the bytes are sent.
/// </summary>
public sealed class FileRecords : Records, IDisposable
{
    public static readonly FileRecords Empty = new(null, 0, 0);

    private LogSegment? _segment;

    internal FileRecords(LogSegment? segment, long position, int sizeInBytes)
    {
        _segment = segment;
        Position = position;
        SizeInBytes = sizeInBytes;
    }

    public override int SizeInBytes { get; }

    /// <summary>Of the first byte in the file.</summary>
    public long Position { get; }

    /// <summary>For sendfile; null if the records are empty or lie on a disk without operating system files: then <see cref="Read"/> them. Never dispose it.</summary>
    public FileStream? Stream => _segment?.LogFile.Stream;

    /// <summary>Copies bytes from <paramref name="from"/>, counted from the first of this range; returns how many, less than asked for only at the end.</summary>
    public int Read(int from, Span<byte> destination)
    {
        var count = Math.Min(destination.Length, SizeInBytes - from);
        if (count <= 0)
            return 0;
        ObjectDisposedException.ThrowIf(_segment is null, this);
        return _segment.LogFile.Read(Position + from, destination[..count]);
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
