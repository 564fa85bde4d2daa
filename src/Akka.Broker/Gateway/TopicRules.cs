using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Gateway;

/// <summary>
/// What each topic demands of produced batches, worked out once for each state of its settings. Thread-safe.
/// </summary>
/// <param name="configs">Which value a topic's setting has on this broker.</param>
public sealed class TopicRules(ConfigResolver configs)
{
    private readonly ConditionalWeakTable<TopicImage, Entry> _byTopic = [];

    public RecordBatchRules Of(TopicImage topic, MetadataImage image)
    {
        image.BrokerConfigs.TryGetValue(configs.NodeId, out var brokerConfigs);
        if (_byTopic.TryGetValue(topic, out var entry) && entry.ClusterConfigs == image.ClusterConfigs && entry.BrokerConfigs == brokerConfigs)
            return entry.Rules;
        var rules = Make(topic, image);
        _byTopic.AddOrUpdate(topic, new Entry(image.ClusterConfigs, brokerConfigs, rules));
        return rules;
    }

    private RecordBatchRules Make(TopicImage topic, MetadataImage image)
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
            Invariant.Check(TopicConfig.TryGet(name, out var definition));
            return configs.ValueOf(image, topic, definition!);
        }
    }

    private sealed record Entry(
        ImmutableSortedDictionary<string, string> ClusterConfigs, ImmutableSortedDictionary<string, string>? BrokerConfigs, RecordBatchRules Rules);
}
