using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What a start would find on a disk: every log, recovered on a copy.</summary>
internal sealed class DiskContents
{
    private DiskContents(SortedDictionary<string, (TopicIdPartition Id, List<LedgerBatch> Batches)> logs, bool isSound, bool isTorn)
    {
        Logs = logs;
        IsSound = isSound;
        IsTorn = isTorn;
    }

    public SortedDictionary<string, (TopicIdPartition Id, List<LedgerBatch> Batches)> Logs { get; }

    /// <summary>No batch has a wrong checksum.</summary>
    public bool IsSound { get; }

    /// <summary>A log ended in half a batch, which was cut off.</summary>
    public bool IsTorn { get; }

    /// <summary>Every log is a prefix of what it is there.</summary>
    public bool IsPartOf(DiskContents whole) => Logs.All(l =>
        whole.Logs.TryGetValue(l.Key, out var other) && l.Value.Batches.Count <= other.Batches.Count
        && l.Value.Batches.SequenceEqual(other.Batches.Take(l.Value.Batches.Count)));

    public static DiskContents Of(SimNode node, MemoryDisk disk) =>
        TryRead(node, disk) ?? throw new InvariantBrokenException($"n{node.Id}: logs cannot be recovered");

    /// <summary>Null if some log cannot be opened, or cannot be read to its end.</summary>
    public static DiskContents? TryRead(SimNode node, MemoryDisk disk)
    {
        var copy = disk.Copy();
        var bytes = BytesIn(copy);
        using var manager = LogManager.Open(node.LogOptions(copy));
        if (manager.Offline.Count > 0)
            return null;
        var logs = new SortedDictionary<string, (TopicIdPartition, List<LedgerBatch>)>(StringComparer.Ordinal);
        var isSound = true;
        try
        {
            foreach (var log in manager.All)
                logs[log.Id.ToString()] = (log.Id, Read(log, ref isSound));
        }
        catch (CorruptFileException)
        {
            return null;
        }
        return new DiskContents(logs, isSound, BytesIn(copy) < bytes);
    }

    /// <summary>The paths of all segments on it.</summary>
    public static IEnumerable<string> LogFilesOn(MemoryDisk disk) =>
        from data in SimNode.TwoFolders
        where disk.FolderExists(data)
        from folder in disk.FoldersIn(data)
        from file in disk.FilesIn($"{data}/{folder}")
        where file.EndsWith(".log", StringComparison.Ordinal)
        select $"{data}/{folder}/{file}";

    private static long BytesIn(MemoryDisk disk) => LogFilesOn(disk).Sum(disk.FileLength);

    private static List<LedgerBatch> Read(PartitionLog log, ref bool isSound)
    {
        var batches = new List<LedgerBatch>();
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            using var range = log.Read(offset, 1 << 20, long.MaxValue, minOneBatch: true);
            ReadOnlyMemory<byte> bytes = range.ToArray();
            if (bytes.IsEmpty)
                break;
            while (RecordBatch.TryRead(bytes, out var batch))
            {
                // Offsets that lead back: its base lies outside the checksum.
                if (batch.NextOffset <= offset)
                {
                    isSound = false;
                    return batches;
                }
                isSound &= batch.HasValidCrc;
                batches.Add(LedgerBatch.Of(batch));
                offset = batch.NextOffset;
                bytes = bytes[batch.SizeInBytes..];
            }
        }
        return batches;
    }
}
