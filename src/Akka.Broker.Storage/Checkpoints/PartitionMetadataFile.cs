using System.Text;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// A log's <c>partition.metadata</c>: which incarnation of the topic it belongs to. A Kafka before 2.8 writes none.
/// <code>
/// version: 0
/// topic_id: 5QcGvDB2Q8ax3rBBSPfCLQ
/// </code>
/// Written when the folder is made and synced with its first sync; a crash before that leaves none, or an empty one.
/// </summary>
internal static class PartitionMetadataFile
{
    public static void Write(IDisk disk, string folder, Guid topicId)
    {
        var path = Path.Combine(folder, LogFileNames.PartitionMetadata);
        using (var file = disk.Open(path + ".tmp", DiskFileMode.Create))
            file.Write(0, Encoding.ASCII.GetBytes($"version: 0\ntopic_id: {KafkaUuid.Format(topicId)}\n"));
        disk.Move(path + ".tmp", path);
    }

    /// <summary>Empty if there is no such file, or nothing in it.</summary>
    /// <exception cref="CorruptFileException">It is something else.</exception>
    public static Guid Read(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, LogFileNames.PartitionMetadata);
        if (disk.FileLength(path) <= 0)
            return Guid.Empty;
        var lines = Encoding.UTF8.GetString(CheckpointFile.ReadWhole(disk, path)).Split('\n', StringSplitOptions.TrimEntries);
        if (lines.All(l => l.Trim('\0').Length == 0))
            return Guid.Empty;
        if (lines is not ["version: 0", var line, ..] || !line.StartsWith("topic_id: ", StringComparison.Ordinal) || !KafkaUuid.TryParse(line["topic_id: ".Length..], out var id))
            throw new CorruptFileException(path, "it must have the lines 'version: 0' and 'topic_id: …'");
        return id;
    }
}
