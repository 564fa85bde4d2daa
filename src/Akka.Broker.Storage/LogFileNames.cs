using System.Globalization;
using Akka.Broker.Protocol;

namespace Akka.Broker.Storage;

/// <summary>The names of files and folders, Kafka's. A segment's files are named by its base offset, a snapshot by the offset before which it holds.</summary>
internal static class LogFileNames
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string TransactionIndex = ".txnindex";
    public const string ProducerSnapshot = ".snapshot";

    /// <summary>Behind a file that waits for its removal.</summary>
    public const string Deleted = ".deleted";

    /// <summary>Behind a file that a compaction had not finished.</summary>
    public const string Cleaned = ".cleaned";

    /// <summary>Behind a file that a compaction had finished, but not put in place.</summary>
    public const string Swap = ".swap";

    /// <summary>Behind the folder of a deleted partition.</summary>
    public const string DeleteFolder = "-delete";

    /// <summary>Behind a folder that no topic is known for.</summary>
    public const string StrayFolder = "-stray";

    public const string LeaderEpochCheckpoint = "leader-epoch-checkpoint";
    public const string PartitionMetadata = "partition.metadata";
    public const string MetaProperties = "meta.properties";
    public const string RecoveryPointCheckpoint = "recovery-point-offset-checkpoint";
    public const string LogStartCheckpoint = "log-start-offset-checkpoint";
    public const string HighWatermarkCheckpoint = "replication-offset-checkpoint";
    public const string CleanerCheckpoint = "cleaner-offset-checkpoint";
    public const string SyncedEnd = "synced-end";
    public const string CleanStop = ".kafka_cleanshutdown";
    public const string Lock = ".lock";

    /// <summary>Holds space for need.</summary>
    public const string Ballast = ".ballast";

    /// <summary>Written to learn whether the disk can be written to.</summary>
    public const string Probe = ".probe";

    private const int OffsetDigits = 20;
    private const int FileNameMax = 255;

    public static string Of(long offset, string extension) => offset.ToString("D20", CultureInfo.InvariantCulture) + extension;

    public static bool TryParse(string name, string extension, out long offset)
    {
        offset = 0;
        return name.Length == OffsetDigits + extension.Length && name.EndsWith(extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }

    /// <summary>Parts <c>topic-partition</c> at its last dash.</summary>
    public static bool TryParseFolder(string name, out TopicPartition partition)
    {
        partition = default;
        var dash = name.LastIndexOf('-');
        if (dash <= 0 || !int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        partition = new TopicPartition(name[..dash], number);
        return true;
    }

    /// <summary><c>topic-partition.id-suffix</c>, the topic cut if the name would be too long for a file system.</summary>
    public static string Retired(TopicPartition partition, Guid unique, string suffix)
    {
        var tail = $"-{partition.Partition}.{unique:N}{suffix}";
        var topic = partition.Topic;
        return (topic.Length + tail.Length > FileNameMax ? topic[..(FileNameMax - tail.Length)] : topic) + tail;
    }
}
