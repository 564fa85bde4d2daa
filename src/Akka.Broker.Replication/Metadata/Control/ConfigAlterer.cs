using System.Collections.Immutable;
using System.Globalization;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>AlterConfigs and IncrementalAlterConfigs of topics and brokers. A resource changes whole or not at all; one's refusal does not touch the others.</summary>
internal sealed class ConfigAlterer(MetadataImage image, ConfigResolver configs)
{
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;
    private const sbyte Subtract = 3;

    private readonly List<IMessage> _records = [];

    public Decision<AlterConfigsResponse> Replace(AlterConfigsRequest request)
    {
        var response = new AlterConfigsResponse();
        var doubled = Doubled(request.Resources.Select(r => (r.ResourceType, r.ResourceName)));
        foreach (var asked in request.Resources)
        {
            var refusal = Try(asked.ResourceType, asked.ResourceName, doubled, resource =>
            {
                var changes = new SortedDictionary<string, string?>(StringComparer.Ordinal);
                foreach (var name in resource.Own.Keys)
                    changes[name] = null;
                foreach (var config in asked.Configs)
                    changes[config.Name] = Checked(Define(resource, config.Name), config.Value);
                return changes;
            });
            response.Responses.Add(new()
            {
                ResourceType = asked.ResourceType,
                ResourceName = asked.ResourceName,
                ErrorCode = refusal?.Error ?? ErrorCode.None,
                ErrorMessage = refusal?.Message,
            });
        }
        return Decided(request.ValidateOnly, response);
    }

    public Decision<IncrementalAlterConfigsResponse> Alter(IncrementalAlterConfigsRequest request)
    {
        var response = new IncrementalAlterConfigsResponse();
        var doubled = Doubled(request.Resources.Select(r => (r.ResourceType, r.ResourceName)));
        foreach (var asked in request.Resources)
        {
            var refusal = Try(asked.ResourceType, asked.ResourceName, doubled, resource =>
            {
                var changes = new SortedDictionary<string, string?>(StringComparer.Ordinal);
                foreach (var config in asked.Configs)
                {
                    if (!changes.TryAdd(config.Name, Changed(resource, config)))
                        throw new RefusedException(ErrorCode.InvalidRequest, $"'{config.Name}' is changed more than once.");
                }
                return changes;
            });
            response.Responses.Add(new()
            {
                ResourceType = asked.ResourceType,
                ResourceName = asked.ResourceName,
                ErrorCode = refusal?.Error ?? ErrorCode.None,
                ErrorMessage = refusal?.Message,
            });
        }
        return Decided(request.ValidateOnly, response);
    }

    /// <summary>
    /// With another <c>min.insync.replicas</c> a watermark may move on without those that were eligible, and with unclean elections allowed a partition may
    /// get a leader: in the same batch as the setting, so that no leader obeys it before.
    /// </summary>
    private Decision<T> Decided<T>(bool validateOnly, T response)
    {
        if (validateOnly)
            return new Decision<T>([], response);
        var names = _records.OfType<ConfigRecord>().Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        if (!names.Contains(TopicConfig.MinInsyncReplicas) && !names.Contains(TopicConfig.UncleanLeaderElectionEnable))
            return new Decision<T>(_records, response);
        var after = MetadataImageBuilder.Apply(image, _records, image.Offset + _records.Count, image.Epoch);
        var sweep = new PartitionSweep(new PartitionRules(after, configs));
        sweep.Over(p => !p.Elr.IsEmpty || !p.HasLeader, (_, _) => { });
        return new Decision<T>([.. _records, .. sweep.Records], response) { Lines = sweep.Lines() };
    }

    private static HashSet<(sbyte, string)> Doubled(IEnumerable<(sbyte Type, string Name)> resources) =>
        resources.GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet();

    private Refusal? Try(sbyte type, string name, HashSet<(sbyte, string)> doubled, Func<Resource, SortedDictionary<string, string?>> decide)
    {
        try
        {
            if (doubled.Contains((type, name)))
                throw new RefusedException(ErrorCode.InvalidRequest, $"'{name}' is in the request more than once.");
            var resource = Find(type, name);
            foreach (var (config, value) in decide(resource))
            {
                if (resource.Own.TryGetValue(config, out var last) ? last == value : value is null)
                    continue;
                _records.Add(new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = name, Name = config, Value = value });
            }
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
    }

    private Resource Find(sbyte type, string name)
    {
        switch ((ConfigResourceType)type)
        {
            case ConfigResourceType.Topic:
                return image.TryGetTopic(name, out var topic)
                    ? new Resource(ConfigResourceType.Topic, topic, topic.Configs)
                    : throw new RefusedException(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{name}'.");
            case ConfigResourceType.Broker when name.Length == 0:
                return new Resource(ConfigResourceType.Broker, null, image.ClusterConfigs);
            case ConfigResourceType.Broker:
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && image.Brokers.ContainsKey(id)
                    ? new Resource(ConfigResourceType.Broker, null, image.BrokerConfigs.GetValueOrDefault(id, TopicImage.NoConfigs))
                    : throw new RefusedException(ErrorCode.InvalidRequest, $"There is no broker '{name}'; there are {string.Join(", ", image.Brokers.Keys)}.");
            default:
                throw new RefusedException(ErrorCode.InvalidRequest, $"Resource type {type} has no settings here; allowed: 2 (topic), 4 (broker).");
        }
    }

    private static ConfigDefinition Define(Resource resource, string name)
    {
        if (resource.Type == ConfigResourceType.Topic)
        {
            return TopicConfig.TryGet(name, out var definition)
                ? definition
                : throw new RefusedException(ErrorCode.InvalidConfig, $"'{name}' is not a topic setting of this broker.");
        }
        return BrokerConfig.TryGet(name, out var byBroker)
            ? byBroker
            : throw new RefusedException(
                ErrorCode.InvalidRequest, $"'{name}' is not a setting that a broker changes at run time; the topics' defaults are, and {string.Join(", ", BrokerConfig.Own.Select(d => d.Name))}.");
    }

    private static string Checked(ConfigDefinition definition, string? value) =>
        definition.Refuse(value) is { } refusal ? throw new RefusedException(ErrorCode.InvalidConfig, refusal) : value!;

    private string? Changed(Resource resource, IncrementalAlterConfigsRequest.AlterableConfig config)
    {
        var definition = Define(resource, config.Name);
        switch (config.ConfigOperation)
        {
            case Set:
                return Checked(definition, config.Value);
            case Delete:
                return null;
            case Append or Subtract when definition.Type != ConfigType.List:
                throw new RefusedException(ErrorCode.InvalidConfig, $"'{config.Name}' is no list; nothing can be appended to it or taken off it.");
            case Append or Subtract when config.Value is null:
                throw new RefusedException(ErrorCode.InvalidConfig, definition.Refuse(null)!);
            case Append:
                return Checked(definition, string.Join(",", Elements(resource, definition).Union(ConfigDefinition.SplitList(config.Value!))));
            case Subtract:
                return Checked(definition, string.Join(",", Elements(resource, definition).Except(ConfigDefinition.SplitList(config.Value!))));
            default:
                throw new RefusedException(
                    ErrorCode.InvalidRequest, $"Operation {config.ConfigOperation} of '{config.Name}' is unknown; allowed: 0 set, 1 delete, 2 append, 3 subtract.");
        }
    }

    private string[] Elements(Resource resource, ConfigDefinition definition) => ConfigDefinition.SplitList(
        resource.Own.TryGetValue(definition.Name, out var own) ? own
        : resource.Topic is not null ? configs.ValueOf(image, resource.Topic, definition) : definition.Default);

    private readonly record struct Resource(ConfigResourceType Type, TopicImage? Topic, ImmutableSortedDictionary<string, string> Own);
}
