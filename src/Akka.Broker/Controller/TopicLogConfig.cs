using System.Globalization;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Storage;

namespace Akka.Broker.Controller;

/// <summary>
/// What a topic's settings, over the broker's and the defaults, come to on this node. The values were validated when they were set.
/// </summary>
public sealed class TopicLogConfig(ConfigResolver configs)
{
    public LogConfig Of(MetadataImage image, TopicImage? topic)
    {
        var policies = ConfigDefinition.SplitList(Text(image, topic, TopicConfig.CleanupPolicy));
        return new LogConfig
        {
            SegmentBytes = (int)Number(image, topic, TopicConfig.SegmentBytes),
            SegmentMs = Number(image, topic, TopicConfig.SegmentMs),
            SegmentJitterMs = Number(image, topic, TopicConfig.SegmentJitterMs),
            SegmentIndexBytes = (int)Number(image, topic, TopicConfig.SegmentIndexBytes),
            IndexIntervalBytes = (int)Number(image, topic, TopicConfig.IndexIntervalBytes),
            RetentionMs = Number(image, topic, TopicConfig.RetentionMs),
            RetentionBytes = Number(image, topic, TopicConfig.RetentionBytes),
            FileDeleteDelayMs = Number(image, topic, TopicConfig.FileDeleteDelayMs),
            FlushMessages = Number(image, topic, TopicConfig.FlushMessages),
            FlushMs = Number(image, topic, TopicConfig.FlushMs),
            MaxMessageBytes = (int)Number(image, topic, TopicConfig.MaxMessageBytes),
            TimestampType = Text(image, topic, TopicConfig.MessageTimestampType) == nameof(TimestampType.LogAppendTime) ? TimestampType.LogAppendTime : TimestampType.CreateTime,
            MayUseReserve = topic is { IsInternal: true },
            MinCleanableDirtyRatio = double.Parse(Text(image, topic, TopicConfig.MinCleanableDirtyRatio), CultureInfo.InvariantCulture),
            MinCompactionLagMs = Number(image, topic, TopicConfig.MinCompactionLagMs),
            MaxCompactionLagMs = Number(image, topic, TopicConfig.MaxCompactionLagMs),
            DeleteRetentionMs = Number(image, topic, TopicConfig.DeleteRetentionMs),
            CleanupPolicy = (policies.Contains("delete") ? CleanupPolicy.Delete : CleanupPolicy.None) | (policies.Contains("compact") ? CleanupPolicy.Compact : CleanupPolicy.None),
        };
    }

    /// <summary><c>min.insync.replicas</c></summary>
    public int MinInsyncReplicas(MetadataImage image, TopicImage topic) => (int)Number(image, topic, TopicConfig.MinInsyncReplicas);

    /// <summary>A setting that is an integer.</summary>
    public long Number(MetadataImage image, TopicImage? topic, string name) => long.Parse(Text(image, topic, name), CultureInfo.InvariantCulture);

    public string Text(MetadataImage image, TopicImage? topic, string name)
    {
        Invariant.Check(TopicConfig.TryGet(name, out var definition));
        return configs.ValueOf(image, topic, definition!);
    }
}
