namespace Akka.Broker.Storage.Offline;

/// <summary>How bad it is what <see cref="FolderVerifier"/> has found.</summary>
public enum FindingKind
{
    /// <summary>The next start makes it good without loss: an index that is made again from the records.</summary>
    Rebuilt,

    /// <summary>The next start cuts it off: bytes behind the last whole batch, as a crash leaves them.</summary>
    Cut,

    /// <summary>No start makes it good: bytes that were synced, or a file that says whose the others are.</summary>
    Damaged,
}

/// <summary>Something in a data folder that is not as it should be.</summary>
/// <param name="Kind">How bad it is.</param>
/// <param name="Path">The file or folder.</param>
/// <param name="Text">What is wrong, with positions and offsets.</param>
/// <param name="Repair">What makes it good.</param>
public sealed record Finding(FindingKind Kind, string Path, string Text, string Repair);

/// <summary>What <see cref="FolderVerifier"/> has gone over.</summary>
/// <param name="Findings">In the order of the folder.</param>
/// <param name="Partitions">Logs.</param>
/// <param name="Batches">Whole and valid.</param>
/// <param name="Bytes">Of those.</param>
public sealed record FolderReport(IReadOnlyList<Finding> Findings, int Partitions, long Batches, long Bytes);
