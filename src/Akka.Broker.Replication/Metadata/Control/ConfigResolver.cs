using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// Which value a setting has on a broker and where from: the topic's own, then the broker's and the cluster's run-time values, then the broker's HOCON,
/// then the default.
/// </summary>
/// <param name="nodeId">The broker that this is about.</param>
/// <param name="staticConfigs">Its settings by Kafka's broker-wide names.</param>
public sealed class ConfigResolver(int nodeId, IReadOnlyList<StaticConfig> staticConfigs)
{
    private readonly Dictionary<string, StaticConfig> _static = staticConfigs.ToDictionary(c => c.Name, StringComparer.Ordinal);

    public int NodeId { get; } = nodeId;

    public IReadOnlyList<StaticConfig> StaticConfigs { get; } = staticConfigs;

    /// <summary>The value of a topic's setting; null for <paramref name="topic"/>: of a topic on which nothing is set.</summary>
    public string ValueOf(MetadataImage image, TopicImage? topic, ConfigDefinition definition)
    {
        if (topic is not null && topic.Configs.TryGetValue(definition.Name, out var own))
            return own;
        return definition.BrokerName is { } name ? ValueOf(image, name, definition.Default) : definition.Default;
    }

    /// <summary>The value of a broker's own setting.</summary>
    public string BrokerValueOf(MetadataImage image, ConfigDefinition definition) => ValueOf(image, definition.Name, definition.Default);

    private string ValueOf(MetadataImage image, string name, string otherwise)
    {
        if (image.BrokerConfigs.TryGetValue(NodeId, out var broker) && broker.TryGetValue(name, out var value))
            return value;
        return image.ClusterConfigs.TryGetValue(name, out value) ? value : _static.TryGetValue(name, out var given) ? given.Value! : otherwise;
    }

    /// <summary>Every place where the topic's setting has a value; the first counts.</summary>
    public List<ConfigLayer> LayersOf(MetadataImage image, TopicImage? topic, ConfigDefinition definition)
    {
        var layers = new List<ConfigLayer>(3);
        if (topic is not null && topic.Configs.TryGetValue(definition.Name, out var own))
            layers.Add(new ConfigLayer(definition.Name, own, ConfigSource.Topic));
        if (definition.BrokerName is { } name)
            AddBrokerLayers(layers, image, name);
        if (layers.Count == 0 || layers[^1].Source != ConfigSource.Default)
            layers.Add(new ConfigLayer(definition.BrokerName ?? definition.Name, definition.Default, ConfigSource.Default));
        return layers;
    }

    /// <summary>The same for a broker's setting, by its broker-wide name.</summary>
    public List<ConfigLayer> BrokerLayersOf(MetadataImage image, string name)
    {
        var layers = new List<ConfigLayer>(2);
        AddBrokerLayers(layers, image, name);
        if (layers.Count > 0 && layers[^1].Source != ConfigSource.Default && BrokerConfig.TryGet(name, out var definition))
            layers.Add(new ConfigLayer(name, definition.Default, ConfigSource.Default));
        return layers;
    }

    private void AddBrokerLayers(List<ConfigLayer> layers, MetadataImage image, string name)
    {
        if (image.BrokerConfigs.TryGetValue(NodeId, out var broker) && broker.TryGetValue(name, out var value))
            layers.Add(new ConfigLayer(name, value, ConfigSource.DynamicBroker));
        if (image.ClusterConfigs.TryGetValue(name, out value))
            layers.Add(new ConfigLayer(name, value, ConfigSource.DynamicDefaultBroker));
        if (_static.TryGetValue(name, out var given))
            layers.Add(new ConfigLayer(name, given.Value, given.IsGiven ? ConfigSource.StaticBroker : ConfigSource.Default));
    }
}
