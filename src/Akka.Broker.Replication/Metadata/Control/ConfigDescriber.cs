using System.Globalization;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using static Akka.Broker.Protocol.Messages.DescribeConfigsResponse;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>DescribeConfigs, answered by any broker from its image; a broker's own settings by that broker alone.</summary>
public sealed class ConfigDescriber(ConfigResolver configs)
{
    public DescribeConfigsResponse Describe(MetadataImage image, DescribeConfigsRequest request)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var result = new DescribeConfigsResult { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName };
            response.Results.Add(result);
            try
            {
                result.Configs = [.. Configs(image, resource.ResourceType, resource.ResourceName)
                    .Where(c => resource.ConfigurationKeys is null || resource.ConfigurationKeys.Contains(c.Name))
                    .Select(c => Render(c, request))];
            }
            catch (RefusedException refused)
            {
                result.ErrorCode = refused.Refusal.Error;
                result.ErrorMessage = refused.Refusal.Message;
            }
        }
        return response;
    }

    private IEnumerable<Described> Configs(MetadataImage image, sbyte type, string name)
    {
        switch ((ConfigResourceType)type)
        {
            case ConfigResourceType.Topic:
                return image.TryGetTopic(name, out var topic)
                    ? TopicConfig.All.Select(d => new Described(d.Name, d.Type, d.Documentation, configs.LayersOf(image, topic, d), ReadOnly: false))
                    : throw new RefusedException(
                        TopicNames.Refuse(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException, $"There is no topic '{name}'.");
            case ConfigResourceType.Broker when name.Length == 0:
                return image.ClusterConfigs.Select(c => OfBroker(c.Key, [new ConfigLayer(c.Key, c.Value, ConfigSource.DynamicDefaultBroker)]));
            case ConfigResourceType.Broker:
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == configs.NodeId
                    ? configs.StaticConfigs.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => OfBroker(c.Name, configs.BrokerLayersOf(image, c.Name), c.Type))
                    : throw new RefusedException(ErrorCode.InvalidRequest, $"Broker '{name}' was asked for at broker {configs.NodeId}; each tells its own settings alone.");
            default:
                throw new RefusedException(ErrorCode.InvalidRequest, $"Resource type {type} has no settings here; allowed: 2 (topic), 4 (broker).");
        }
    }

    private static Described OfBroker(string name, List<ConfigLayer> layers, ConfigType type = ConfigType.String) =>
        BrokerConfig.TryGet(name, out var definition)
            ? new Described(name, definition.Type, definition.Documentation, layers, ReadOnly: false)
            : new Described(name, type, null, layers, ReadOnly: true);

    private static DescribeConfigsResourceResult Render(Described config, DescribeConfigsRequest request)
    {
        var first = config.Layers[0];
        var result = new DescribeConfigsResourceResult
        {
            Name = config.Name,
            Value = first.Value,
            ReadOnly = config.ReadOnly,
            IsDefault = first.Source == ConfigSource.Default,
            ConfigSource = (sbyte)first.Source,
            ConfigType = (sbyte)config.Type,
            Documentation = request.IncludeDocumentation ? config.Documentation : null,
        };
        if (request.IncludeSynonyms)
            result.Synonyms = [.. config.Layers.Select(l => new DescribeConfigsSynonym { Name = l.Name, Value = l.Value, Source = (sbyte)l.Source })];
        return result;
    }

    private readonly record struct Described(string Name, ConfigType Type, string? Documentation, List<ConfigLayer> Layers, bool ReadOnly);
}
