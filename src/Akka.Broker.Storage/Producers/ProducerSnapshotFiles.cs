using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Producers;

/// <summary>
/// The <c>.snapshot</c> files of a log's folder: one at each segment's base offset, and at most one between, at the last checkpoint or clean stop.
/// They are written without a sync: one that a crash has harmed is found out by its checksum, and an older one serves.
/// The folder's writer calls it, or recovery before there is one.
/// </summary>
internal sealed class ProducerSnapshotFiles(IDisk disk, string folder)
{
    /// <summary>The offsets that there are snapshots at, rising.</summary>
    public List<long> Offsets()
    {
        var offsets = new List<long>();
        foreach (var name in disk.FilesIn(folder))
        {
            if (LogFileNames.TryParse(name, LogFileNames.ProducerSnapshot, out var offset))
                offsets.Add(offset);
        }
        return offsets;
    }

    public bool Exists(long offset) => disk.FileExists(PathOf(offset));

    /// <param name="offset">Where it is taken.</param>
    /// <param name="producers">As they are before it.</param>
    /// <param name="hasAllBatches">As at a stop; else as Kafka writes it, with the last one of each producer.</param>
    public void Write(long offset, ProducerStateManager producers, bool hasAllBatches = false)
    {
        using var file = disk.Open(PathOf(offset), DiskFileMode.Create);
        file.Write(0, ProducerSnapshot.Encode(producers, hasAllBatches));
    }

    /// <summary>Brings a snapshot to the disk, but not its name. False if there is none that is unharmed.</summary>
    public bool TrySync(long offset)
    {
        if (!Exists(offset) || ProducerSnapshot.TryDecode(CheckpointFile.ReadWhole(disk, PathOf(offset))) is null)
            return false;
        using var file = disk.Open(PathOf(offset), DiskFileMode.Open);
        file.Sync();
        return true;
    }

    /// <summary>The newest unharmed snapshot at an offset of at most this.</summary>
    public (long Offset, ProducerStateManager Producers)? NewestAtMost(long offset)
    {
        var offsets = Offsets();
        for (var i = offsets.Count - 1; i >= 0; i--)
        {
            if (offsets[i] <= offset && ProducerSnapshot.TryDecode(CheckpointFile.ReadWhole(disk, PathOf(offsets[i]))) is { } producers)
                return (offsets[i], producers);
        }
        return null;
    }

    /// <summary>True if there were any.</summary>
    public bool DeleteAbove(long offset) => Delete(o => o > offset);

    public bool DeleteBelow(long offset) => Delete(o => o < offset);

    public bool DeleteAll() => Delete(_ => true);

    /// <summary>Leaves those at the bases of segments, and the newest; returns its offset if it is between, else -1.</summary>
    public long DeleteStrays(HashSet<long> segmentBases)
    {
        var newest = Offsets() is [.., var last] && !segmentBases.Contains(last) ? last : -1;
        Delete(o => o != newest && !segmentBases.Contains(o));
        return newest;
    }

    public void DeleteAt(long offset) => disk.DeleteFile(PathOf(offset));

    private bool Delete(Predicate<long> which)
    {
        var any = false;
        foreach (var offset in Offsets())
        {
            if (!which(offset))
                continue;
            disk.DeleteFile(PathOf(offset));
            any = true;
        }
        return any;
    }

    private string PathOf(long offset) => Path.Combine(folder, LogFileNames.Of(offset, LogFileNames.ProducerSnapshot));
}
