using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage;

/// <summary>
/// Holds back a reserve of a data folder's disk: below it, records are refused, and what keeps the broker going (metadata, commits, checkpoints, retention) still
/// has space. It measures about once a second, and counts what is appended in between.
/// <code>
///   free   │ records are taken │ back at reserve + a tenth │ reserve: refused │ full: nothing can be written
/// </code>
/// The reserve is never more than a tenth of the disk. Any thread asks; the folder's writer counts.
/// </summary>
internal sealed class SpaceGuard(IDisk disk, string path, long reserveBytes)
{
    private long _left = long.MaxValue;
    private volatile bool _isShort;
    private bool _wasShort;

    /// <summary>Records are refused.</summary>
    public bool IsShort => _isShort;

    /// <summary>Whether so much fits above the reserve.</summary>
    public bool Fits(long bytes) => !_isShort && bytes <= Volatile.Read(ref _left);

    /// <summary>So much was written.</summary>
    public void Took(long bytes)
    {
        if (Interlocked.Add(ref _left, -bytes) < 0)
            _isShort = true;
    }

    /// <summary>Looks at the disk, of which <paramref name="heldBytes"/> more can be freed at once. Returns the free bytes if since the last look records are refused, or taken again; else null. One thread at a time.</summary>
    public long? Measure(long heldBytes = 0)
    {
        if (reserveBytes == 0)
            return null;
        var space = disk.SpaceOf(path);
        space = space with { FreeBytes = space.FreeBytes > long.MaxValue - heldBytes ? long.MaxValue : space.FreeBytes + heldBytes };
        var reserve = Math.Min(reserveBytes, space.TotalBytes / 10);
        Volatile.Write(ref _left, space.FreeBytes - reserve);
        var isShort = space.FreeBytes < (_isShort ? reserve + reserve / 10 : reserve);
        var isNew = isShort != _wasShort;
        _isShort = _wasShort = isShort;
        return isNew ? space.FreeBytes : null;
    }
}
