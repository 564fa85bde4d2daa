using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>The topic <c>__consumer_offsets</c> and what is kept in it.</summary>
/// <param name="TopicNumPartitions">Fixed when the topic is created: a group's partition follows from its name and this number.</param>
/// <param name="TopicReplicationFactor">As far as there are brokers.</param>
/// <param name="TopicSegmentBytes">Small, since a coordinator reads its partition when it takes over.</param>
/// <param name="RetentionMinutes">A committed offset of a group without members is kept this long.</param>
/// <param name="RetentionCheckIntervalMs">How often expired offsets are looked for.</param>
/// <param name="CommitTimeoutMs">How long a commit waits for its replicas.</param>
/// <param name="MetadataMaxBytes">The longest text that a commit may carry.</param>
public sealed record OffsetsSettings(
    int TopicNumPartitions,
    short TopicReplicationFactor,
    int TopicSegmentBytes,
    int RetentionMinutes,
    long RetentionCheckIntervalMs,
    int CommitTimeoutMs,
    int MetadataMaxBytes)
{
    internal static OffsetsSettings From(SettingsReader reader)
    {
        var settings = new OffsetsSettings(
            reader.Int("offsets.topic.num.partitions", 1, 10_000),
            (short)reader.Int("offsets.topic.replication.factor", 1, short.MaxValue),
            (int)reader.Bytes("offsets.topic.segment.bytes", 1, int.MaxValue),
            reader.Int("offsets.retention.minutes", 1),
            reader.Ms("offsets.retention.check.interval.ms", 1),
            (int)reader.Ms("offsets.commit.timeout.ms", 1, int.MaxValue),
            (int)reader.Bytes("offset.metadata.max.bytes", 0, int.MaxValue));
        reader.Publish("offsets.topic.num.partitions", ConfigType.Int, settings.TopicNumPartitions);
        reader.Publish("offsets.topic.replication.factor", ConfigType.Short, settings.TopicReplicationFactor);
        reader.Publish("offsets.topic.segment.bytes", ConfigType.Int, settings.TopicSegmentBytes);
        reader.Publish("offsets.retention.minutes", ConfigType.Int, settings.RetentionMinutes);
        reader.Publish("offsets.retention.check.interval.ms", ConfigType.Long, settings.RetentionCheckIntervalMs);
        reader.Publish("offsets.commit.timeout.ms", ConfigType.Int, settings.CommitTimeoutMs);
        reader.Publish("offset.metadata.max.bytes", ConfigType.Int, settings.MetadataMaxBytes);
        return settings;
    }
}
