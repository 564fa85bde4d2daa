using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// The renames by which a rewritten segment takes the place of those that it was made from. Carried by the folder's writer.
/// <code>
///                         on the disk                               a start finds it so
///   written       A B        A'.cleaned   (synced)                  drops A'
///   Prepare       A B        A'.cleaned and A'.swap, in part        drops A': one .cleaned is left
///                 A B        A'.swap      (names synced)            A' takes the place of A and B
///   Carry         A.deleted  A'.swap      in part                   likewise
///                 A.deleted  A'                                     A'
/// </code>
/// Nothing that was renamed last can be lost without all that was renamed after it.
/// </summary>
internal static class SegmentSwap
{
    /// <summary>From here on a start finishes the swap.</summary>
    public static void Prepare(IDisk disk, string folder, LogSegment cleaned)
    {
        cleaned.Rename(LogFileNames.Swap);
        disk.SyncFolder(folder);
    }

    /// <summary>Readers of the old segments read on: their files are open.</summary>
    public static void Carry(LogSegment[] old, LogSegment cleaned)
    {
        foreach (var segment in old)
            segment.MarkDeleted();
        cleaned.Rename("");
    }
}
