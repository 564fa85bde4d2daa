using System.Collections.Immutable;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>What a new topic gets, and every topic as long as nobody alters it.</summary>
/// <param name="AutoCreateTopicsEnable">Whether asking for an unknown topic may create it.</param>
/// <param name="NumPartitions">Of a topic whose creator does not say.</param>
/// <param name="DefaultReplicationFactor">The same.</param>
/// <param name="Defaults">The topic settings' values on this broker, all of <see cref="TopicConfig.All"/> by their topic names.</param>
public sealed record TopicSettings(
    bool AutoCreateTopicsEnable,
    int NumPartitions,
    short DefaultReplicationFactor,
    ImmutableSortedDictionary<string, string> Defaults)
{
    internal static TopicSettings From(SettingsReader reader)
    {
        var defaults = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var definition in TopicConfig.All)
        {
            // What has no name on a broker is set on topics alone.
            defaults[definition.Name] = definition.BrokerName is null ? definition.Default : reader.TopicDefault(definition);
            if (definition.BrokerName is { } name)
                reader.Publish(name, definition.Type, defaults[definition.Name], reader.IsGiven("log." + definition.Name) || reader.IsGiven(name));
        }
        var settings = new TopicSettings(
            reader.Bool("auto.create.topics.enable"),
            reader.Int("num.partitions", 1, MaxPartitions),
            (short)reader.Int("default.replication.factor", 1, short.MaxValue),
            defaults.ToImmutable());
        reader.Publish("auto.create.topics.enable", ConfigType.Boolean, settings.AutoCreateTopicsEnable);
        reader.Publish("num.partitions", ConfigType.Int, settings.NumPartitions);
        reader.Publish("default.replication.factor", ConfigType.Int, settings.DefaultReplicationFactor);
        return settings;
    }

    /// <summary>The most partitions that one topic may have.</summary>
    public const int MaxPartitions = 100_000;
}
