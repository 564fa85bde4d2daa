using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Offline;

/// <summary>
/// Goes over every byte of one <c>.log</c> file without changing anything: headers, checksums, rising offsets; and holds the two indexes against it. One thread.
/// </summary>
internal sealed class SegmentVerifier(IDisk disk, string folder, long baseOffset)
{
    private const int ReadBytes = 256 * 1024;

    private readonly long _baseOffset = baseOffset;

    public string LogPath => PathOf(LogFileNames.Log);

    public long EndOffset { get; private set; } = baseOffset;

    public long Batches { get; private set; }

    public long Bytes { get; private set; }

    public long Length { get; private set; }

    /// <summary>Behind <see cref="ReadLog"/>: entries of the index that name no batch, if any.</summary>
    public string? OffsetFault { get; private set; }

    /// <summary>As <see cref="OffsetFault"/>, of times.</summary>
    public string? TimeFault { get; private set; }

    /// <summary>Null if the file is whole.</summary>
    public BadBatch? ReadLog()
    {
        using var file = disk.Open(LogPath, DiskFileMode.Open);
        using var offsets = new OffsetIndex(disk, PathOf(LogFileNames.OffsetIndex), _baseOffset);
        using var times = new TimeIndex(disk, PathOf(LogFileNames.TimeIndex), _baseOffset);
        Length = file.Length;
        OffsetFault = Load(offsets.Entries, "index");
        TimeFault = Load(times.Entries, "time index");
        var indexes = new IndexCheck(offsets, times);
        var order = new BatchOrder(_baseOffset);
        using var batches = new BatchStream(file, 0, Length, ReadBytes, static _ => { });
        while (batches.TryMoveNext())
        {
            if (order.Judge(batches.Header) is { } reason)
                return new BadBatch(batches.Position, reason);
            order.Take(batches.Header);
            indexes.OnBatch(batches.Header, batches.Position, batches.Bytes);
            Batches++;
            Bytes += batches.Header.SizeInBytes;
            EndOffset = order.Next;
        }

        OffsetFault ??= indexes.OffsetFault;
        TimeFault ??= indexes.TimeFault;
        return batches.Bad;
    }

    public string PathOf(string extension) => Path.Combine(folder, LogFileNames.Of(_baseOffset, extension));

    private string? Load(EntryFile entries, string name)
    {
        if (!disk.FileExists(entries.Path))
            return Length == 0 ? null : $"the {name} is missing";
        return entries.Load() ? null : $"the {name} is cut inside an entry";
    }
}
