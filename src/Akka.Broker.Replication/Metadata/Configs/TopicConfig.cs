using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>
/// The settings of a topic, under Kafka's names and with Kafka's defaults. This table is what CreateTopics, AlterConfigs and the HOCON reader validate
/// by and what DescribeConfigs lists. A topic's value wins over the brokers' run-time value, that over the brokers' HOCON, that over the default.
/// </summary>
public static class TopicConfig
{
    public const string CleanupPolicy = "cleanup.policy";
    public const string CompressionType = "compression.type";
    public const string DeleteRetentionMs = "delete.retention.ms";
    public const string FileDeleteDelayMs = "file.delete.delay.ms";
    public const string FlushMessages = "flush.messages";
    public const string FlushMs = "flush.ms";
    public const string FollowerThrottledReplicas = "follower.replication.throttled.replicas";
    public const string IndexIntervalBytes = "index.interval.bytes";
    public const string LeaderThrottledReplicas = "leader.replication.throttled.replicas";
    public const string MaxCompactionLagMs = "max.compaction.lag.ms";
    public const string MaxMessageBytes = "max.message.bytes";
    public const string MessageTimestampAfterMaxMs = "message.timestamp.after.max.ms";
    public const string MessageTimestampBeforeMaxMs = "message.timestamp.before.max.ms";
    public const string MessageTimestampType = "message.timestamp.type";
    public const string MinCleanableDirtyRatio = "min.cleanable.dirty.ratio";
    public const string MinCompactionLagMs = "min.compaction.lag.ms";
    public const string MinInsyncReplicas = "min.insync.replicas";
    public const string Preallocate = "preallocate";
    public const string RetentionBytes = "retention.bytes";
    public const string RetentionMs = "retention.ms";
    public const string SegmentBytes = "segment.bytes";
    public const string SegmentIndexBytes = "segment.index.bytes";
    public const string SegmentJitterMs = "segment.jitter.ms";
    public const string SegmentMs = "segment.ms";
    public const string UncleanLeaderElectionEnable = "unclean.leader.election.enable";

    private const string MaxLong = "9223372036854775807";

    /// <summary>All of them, by name.</summary>
    public static readonly IReadOnlyList<ConfigDefinition> All =
    [
        new(CleanupPolicy, ConfigType.List, "delete", "log.cleanup.policy",
            "What happens to old segments: delete them by retention.ms and retention.bytes, compact them to the last record of each key, or both.")
            { Choices = ["compact", "delete"] },
        new(CompressionType, ConfigType.String, "producer", "compression.type",
            "How batches are stored: producer, that is as they were sent. This broker never recompresses.")
            { Choices = ["producer"] },
        new(DeleteRetentionMs, ConfigType.Long, "86400000", "log.cleaner.delete.retention.ms",
            "How long a compacted topic keeps the deletion marker of a key, in ms.") { Min = 0 },
        new(FileDeleteDelayMs, ConfigType.Long, "60000", "log.segment.delete.delay.ms",
            "How long a file stays on disk after its segment was deleted, in ms.") { Min = 0 },
        new(FlushMessages, ConfigType.Long, MaxLong, "log.flush.interval.messages",
            "After how many messages the log is synced to disk before they are acknowledged; 1 syncs each, with one sync for all that queue meanwhile.")
            { Min = 1 },
        new(FlushMs, ConfigType.Long, MaxLong, "log.flush.interval.ms",
            "How long a message may wait for its sync to disk, in ms.") { Min = 0 },
        Throttled(FollowerThrottledReplicas,
            "Replicas that fetch no faster than their broker's follower.replication.throttled.rate until they are in sync: partition:broker, or * for all."),
        new(IndexIntervalBytes, ConfigType.Int, "4096", "log.index.interval.bytes",
            "How many bytes of log lie between two index entries.") { Min = 0 },
        Throttled(LeaderThrottledReplicas,
            "Replicas that send, as leaders, no faster than their broker's leader.replication.throttled.rate to followers that are not in sync: partition:broker, or * for all."),
        new(MaxCompactionLagMs, ConfigType.Long, MaxLong, "log.cleaner.max.compaction.lag.ms",
            "How long a message of a compacted topic may stay uncompacted, in ms.") { Min = 1 },
        new(MaxMessageBytes, ConfigType.Int, "1048588", "message.max.bytes",
            "The largest record batch that a producer may send, after compression, in bytes.") { Min = 0 },
        new(MessageTimestampAfterMaxMs, ConfigType.Long, "3600000", "log.message.timestamp.after.max.ms",
            "How far a message's own timestamp may lie ahead of the broker's clock, in ms; not checked with LogAppendTime.") { Min = 0 },
        new(MessageTimestampBeforeMaxMs, ConfigType.Long, MaxLong, "log.message.timestamp.before.max.ms",
            "How far a message's own timestamp may lie behind the broker's clock, in ms; not checked with LogAppendTime.") { Min = 0 },
        new(MessageTimestampType, ConfigType.String, "CreateTime", "log.message.timestamp.type",
            "Whether a message carries its producer's time (CreateTime) or the broker's at arrival (LogAppendTime).")
            { Choices = ["CreateTime", "LogAppendTime"] },
        new(MinCleanableDirtyRatio, ConfigType.Double, "0.5", "log.cleaner.min.cleanable.ratio",
            "The uncompacted share of a log from which on compaction is worth its while.") { Min = 0, Max = 1 },
        new(MinCompactionLagMs, ConfigType.Long, "0", "log.cleaner.min.compaction.lag.ms",
            "How long a message stays uncompacted at least, in ms.") { Min = 0 },
        new(MinInsyncReplicas, ConfigType.Int, "1", "min.insync.replicas",
            "How many replicas must be in sync for a write with acks=all to be accepted.") { Min = 1 },
        new(Preallocate, ConfigType.Boolean, "false", "log.preallocate",
            "Whether the file of a new segment takes its disk space at once; this broker's never does.") { Choices = ["false"] },
        new(RetentionBytes, ConfigType.Long, "-1", "log.retention.bytes",
            "How big a partition's log may grow before old segments are deleted, in bytes; -1: no limit.") { Min = -1 },
        new(RetentionMs, ConfigType.Long, "604800000", "log.retention.ms",
            "How old a segment's newest message may grow before the segment is deleted, in ms; -1: no limit.") { Min = -1 },
        new(SegmentBytes, ConfigType.Int, "1073741824", "log.segment.bytes",
            "How big a segment's file may grow before the next is begun, in bytes.") { Min = 14 },
        new(SegmentIndexBytes, ConfigType.Int, "10485760", "log.index.size.max.bytes",
            "How big a segment's index may grow before the next segment is begun, in bytes.") { Min = 12 },
        new(SegmentJitterMs, ConfigType.Long, "0", "log.roll.jitter.ms",
            "The most that is taken off segment.ms at random, so that not all segments roll at once, in ms.") { Min = 0 },
        new(SegmentMs, ConfigType.Long, "604800000", "log.roll.ms",
            "How old a segment may grow before the next is begun, in ms.") { Min = 1 },
        new(UncleanLeaderElectionEnable, ConfigType.Boolean, "false", "unclean.leader.election.enable",
            "Whether a replica that lacks acknowledged messages may lead when no other is left."),
    ];

    /// <summary>Whether a list of throttled replicas names this one.</summary>
    public static bool IsThrottled(string replicas, int partition, int broker) =>
        replicas.Length > 0 && ConfigDefinition.SplitList(replicas) is var list && (list.Contains("*") || list.Contains($"{partition}:{broker}"));

    private static ConfigDefinition Throttled(string name, string documentation) => new(name, ConfigType.List, "", null, documentation)
    {
        AllowsEmpty = true,
        IsElement = e => e == "*" || (e.Split(':') is [var partition, var broker] && ushort.TryParse(partition, out _) && int.TryParse(broker, out _)),
        Elements = "* or a comma-separated list of partition:broker",
    };

    private static readonly FrozenDictionary<string, ConfigDefinition> ByName = All.ToFrozenDictionary(d => d.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, ConfigDefinition> ByBrokerName =
        All.Where(d => d.BrokerName is not null).ToFrozenDictionary(d => d.BrokerName!, StringComparer.Ordinal);

    public static bool TryGet(string name, [NotNullWhen(true)] out ConfigDefinition? definition) => ByName.TryGetValue(name, out definition);

    /// <summary>The topic setting whose default the broker setting of that name is.</summary>
    public static bool TryGetByBrokerName(string brokerName, [NotNullWhen(true)] out ConfigDefinition? definition) =>
        ByBrokerName.TryGetValue(brokerName, out definition);
}
