using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Gateway;

/// <summary>
/// What each topic demands of produced batches, worked out once for each state of its settings. Thread-safe.
/// </summary>
/// <param name="nodeId">This broker, whose own run-time settings count before the cluster's.</param>
/// <param name="defaults">The broker's values of all topic settings, by their topic names.</param>
public sealed class TopicRules(int nodeId, ImmutableSortedDictionary<string, string> defaults)
{
    private readonly ConditionalWeakTable<TopicImage, Entry> _byTopic = [];

    public RecordBatchRules Of(TopicImage topic, MetadataImage image)
    {
        image.BrokerConfigs.TryGetValue(nodeId, out var brokerConfigs);
        if (_byTopic.TryGetValue(topic, out var entry) && entry.ClusterConfigs == image.ClusterConfigs && entry.BrokerConfigs == brokerConfigs)
            return entry.Rules;
        var rules = Make(topic, image.ClusterConfigs, brokerConfigs);
        _byTopic.AddOrUpdate(topic, new Entry(image.ClusterConfigs, brokerConfigs, rules));
        return rules;
    }

    private RecordBatchRules Make(
        TopicImage topic, ImmutableSortedDictionary<string, string> clusterConfigs, ImmutableSortedDictionary<string, string>? brokerConfigs)
    {
        return new RecordBatchRules
        {
            BatchBytesMax = int.Parse(Value(TopicConfig.MaxMessageBytes), CultureInfo.InvariantCulture),
            KeysRequired = ConfigDefinition.SplitList(Value(TopicConfig.CleanupPolicy)).Contains("compact"),
            TimestampType = Enum.Parse<TimestampType>(Value(TopicConfig.MessageTimestampType)),
            TimestampBeforeMaxMs = long.Parse(Value(TopicConfig.MessageTimestampBeforeMaxMs), CultureInfo.InvariantCulture),
            TimestampAfterMaxMs = long.Parse(Value(TopicConfig.MessageTimestampAfterMaxMs), CultureInfo.InvariantCulture),
        };

        string Value(string name)
        {
            if (topic.Configs.TryGetValue(name, out var value))
                return value;
            if (TopicConfig.TryGet(name, out var definition) && definition.BrokerName is { } brokerName)
            {
                if (brokerConfigs is not null && brokerConfigs.TryGetValue(brokerName, out value))
                    return value;
                if (clusterConfigs.TryGetValue(brokerName, out value))
                    return value;
            }
            return defaults[name];
        }
    }

    private sealed record Entry(
        ImmutableSortedDictionary<string, string> ClusterConfigs, ImmutableSortedDictionary<string, string>? BrokerConfigs, RecordBatchRules Rules);
}
