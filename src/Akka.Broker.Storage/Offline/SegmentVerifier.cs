using System.Buffers;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Offline;

/// <summary>Why a segment's file is not whole, and where.</summary>
internal sealed record BadBatch(long Position, string Reason);

/// <summary>
/// Goes over every byte of one <c>.log</c> file without changing anything: headers, checksums, rising offsets; and holds the two indexes against it. One thread.
/// </summary>
internal sealed class SegmentVerifier(IDisk disk, string folder, long baseOffset)
{
    private readonly Dictionary<int, BatchHeader> _batches = [];
    private readonly long _baseOffset = baseOffset;

    public string LogPath => Path.Combine(folder, LogFileNames.Of(_baseOffset, LogFileNames.Log));

    public long EndOffset { get; private set; } = baseOffset;

    public long Batches => _batches.Count;

    public long Bytes { get; private set; }

    public long Length { get; private set; }

    /// <summary>Null if the file is whole.</summary>
    public BadBatch? ReadLog()
    {
        using var file = disk.Open(LogPath, DiskFileMode.Open);
        Length = file.Length;
        var header = new byte[RecordBatch.HeaderSize];
        while (Bytes < Length)
        {
            var position = Bytes;
            if (Length - position < RecordBatch.HeaderSize)
                return new BadBatch(position, $"{Length - position} bytes are less than a batch's header");
            if (file.Read(position, header) < header.Length)
                return new BadBatch(position, "the header cannot be read");
            var batch = new BatchHeader(header);
            if (Judge(file, batch, position) is { } reason)
                return new BadBatch(position, reason);
            _batches[(int)position] = batch;
            Bytes += batch.SizeInBytes;
            EndOffset = batch.NextOffset;
        }

        return null;
    }

    /// <summary>Entries of an index that name no batch, if any. To be called behind <see cref="ReadLog"/>.</summary>
    public string? CheckOffsetIndex()
    {
        var path = PathOf(LogFileNames.OffsetIndex);
        if (!disk.FileExists(path))
            return Bytes == 0 ? null : "the index is missing";
        using var index = new OffsetIndex(disk, path, _baseOffset);
        if (!index.Entries.Load())
            return "the index is cut inside an entry";
        for (var i = 0; i < index.Entries.Count && index.TryRead(i, out var offset, out var position); i++)
        {
            if (position < Bytes && (!_batches.TryGetValue(position, out var batch) || batch.LastOffset < offset))
                return $"entry {i} says that offset {offset} is in the batch at byte {position}; there is none that holds it";
        }

        return null;
    }

    /// <summary>As <see cref="CheckOffsetIndex"/>, of times.</summary>
    public string? CheckTimeIndex()
    {
        var path = PathOf(LogFileNames.TimeIndex);
        if (!disk.FileExists(path))
            return Bytes == 0 ? null : "the time index is missing";
        using var index = new TimeIndex(disk, path, _baseOffset);
        if (!index.Entries.Load())
            return "the time index is cut inside an entry";
        var last = -1L;
        for (var i = 0; i < index.Entries.Count && index.TryRead(i, out var timestamp, out _); i++)
        {
            if (timestamp < last)
                return $"entry {i} says {timestamp}, the one before it {last}; times must rise";
            last = timestamp;
        }

        return null;
    }

    public string PathOf(string extension) => Path.Combine(folder, LogFileNames.Of(_baseOffset, extension));

    private string? Judge(IDiskFile file, in BatchHeader batch, long position)
    {
        if (!batch.IsPlausible)
            return $"there is no batch header (size {batch.SizeInBytes}, format {batch.Magic}, base offset {batch.BaseOffset})";
        if (batch.SizeInBytes > Length - position)
            return $"the batch at offset {batch.BaseOffset} has {batch.SizeInBytes} bytes, and {Length - position} are left";
        if (batch.BaseOffset < EndOffset)
            return $"the batch's base offset {batch.BaseOffset} does not follow {EndOffset}";
        var bytes = ArrayPool<byte>.Shared.Rent(batch.SizeInBytes);
        try
        {
            var read = file.Read(position, bytes.AsSpan(0, batch.SizeInBytes));
            return read == batch.SizeInBytes && RecordBatch.ComputeCrc(bytes.AsSpan(0, read)) == batch.Crc
                ? null
                : $"the checksum of the batch at offset {batch.BaseOffset} does not match its bytes";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
