using System.Text;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// A log's <c>partition.metadata</c>: which incarnation of the topic it belongs to. A Kafka before 2.8 writes none.
/// <code>
/// version: 0
/// topic_id: 5QcGvDB2Q8ax3rBBSPfCLQ
/// </code>
/// Written and synced when the folder is made: a log that was created is known to be of its topic. A crash before that leaves none; older releases, which synced it
/// later, may have left an empty one.
/// </summary>
internal static class PartitionMetadataFile
{
    private const string Version = "version: 0";
    private const string TopicId = "topic_id: ";
    private const string Prefix = $"{Version}\n{TopicId}";

    /// <summary>The file and its name in the folder survive a lost machine; the folder's own name is the caller's to sync.</summary>
    public static void Write(IDisk disk, string folder, Guid topicId) => CheckpointFile.WriteWhole(
        disk, Path.Combine(folder, LogFileNames.PartitionMetadata), Encoding.ASCII.GetBytes($"{Prefix}{KafkaUuid.Format(topicId)}\n"));

    /// <summary>Empty if there is no such file, or what a crash has left of one that was not synced yet: less than all of it, or zeros.</summary>
    /// <exception cref="CorruptFileException">It is something else.</exception>
    public static Guid Read(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, LogFileNames.PartitionMetadata);
        if (!disk.FileExists(path))
            return Guid.Empty;
        var text = Encoding.UTF8.GetString(CheckpointFile.ReadWhole(disk, path));
        if (text.Contains('\0') || (text.Length < Prefix.Length && Prefix.StartsWith(text, StringComparison.Ordinal)))
            return Guid.Empty;
        var lines = text.Split('\n');
        if (lines is not [Version, var line, ..] || !line.StartsWith(TopicId, StringComparison.Ordinal))
            throw new CorruptFileException(path, "it must have the lines 'version: 0' and 'topic_id: …'");
        if (KafkaUuid.TryParse(line[TopicId.Length..].TrimEnd(), out var id))
            return id;
        return lines.Length == 2 ? Guid.Empty : throw new CorruptFileException(path, $"'{line}' has no id of 22 characters of base64");
    }
}
