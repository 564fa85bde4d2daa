using System.Globalization;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Epochs;

/// <summary>
/// A log's <c>leader-epoch-checkpoint</c>.
/// <code>
/// 0         version
/// 2         how many lines follow
/// 0 0       leader epoch, start offset
/// 3 1250
/// </code>
/// It is written before the recovery point passes a new epoch's first batch; the batches behind the recovery point tell of newer ones.
/// </summary>
internal static class LeaderEpochCheckpoint
{
    public static void Write(IDisk disk, string folder, IReadOnlyList<EpochStart> entries) =>
        CheckpointFile.Write(disk, PathIn(folder), entries.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Epoch} {e.StartOffset}")));

    /// <summary>Null if there is no file.</summary>
    /// <exception cref="CorruptFileException">It is not such a file, or its entries do not rise.</exception>
    public static List<EpochStart>? Read(IDisk disk, string folder)
    {
        var path = PathIn(folder);
        if (CheckpointFile.Read(disk, path, fields: 2) is not { } lines)
            return null;
        var entries = new List<EpochStart>(lines.Count);
        foreach (var line in lines)
        {
            if (!int.TryParse(line[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                || !long.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                || (entries is [.., var last] && (epoch <= last.Epoch || start < last.StartOffset)))
            {
                throw new CorruptFileException(path, $"'{string.Join(' ', line)}' is no epoch and offset above the line before it");
            }
            entries.Add(new EpochStart(epoch, start));
        }
        return entries;
    }

    private static string PathIn(string folder) => Path.Combine(folder, LogFileNames.LeaderEpochCheckpoint);
}
