using System.Globalization;
using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Settings. Those of one broker are that broker's to tell, since only it knows its own configuration; the others any broker tells.</summary>
internal static class ConfigOperations
{
    public static Task<AdminResults<ConfigResource, IReadOnlyDictionary<string, ConfigEntry>>> DescribeAsync(
        AdminCall call, IEnumerable<ConfigResource> resources, bool includeSynonyms, bool includeDocumentation) =>
        KeyedCall.RunAsync<ConfigResource, IReadOnlyDictionary<string, ConfigEntry>>(call, "Describing the settings of", resources, new ConfigLocator(isChange: false), async (brokerId, asked, answers) =>
        {
            var request = new DescribeConfigsRequest
            {
                Resources =
                [
                    .. asked.Select(resource => new DescribeConfigsRequest.DescribeConfigsResource
                    {
                        ResourceType = (sbyte)resource.Type,
                        ResourceName = resource.Name,
                        ConfigurationKeys = null,
                    }),
                ],
                IncludeSynonyms = includeSynonyms,
                IncludeDocumentation = includeDocumentation,
            };
            var response = await call.AskAsync<DescribeConfigsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var result in response.Results)
            {
                var resource = new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName);
                answers.Take(resource, result.ErrorCode, result.ErrorMessage, () => result.Configs.ToDictionary(config => config.Name, ToEntry));
            }
        });

    public static Task<AdminResults<ConfigResource>> IncrementalAlterAsync(
        AdminCall call, IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> changes, bool validateOnly) =>
        KeyedCall.RunAsync(call, "Altering settings of", changes.Keys, new ConfigLocator(isChange: true), async (brokerId, resources, answers) =>
        {
            var request = new IncrementalAlterConfigsRequest
            {
                Resources = [.. resources.Select(resource => ToChange(resource, changes[resource]))],
                ValidateOnly = validateOnly,
            };
            var response = await call.AskAsync<IncrementalAlterConfigsResponse>(brokerId, request).ConfigureAwait(false);
            foreach (var result in response.Responses)
            {
                var resource = new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName);
                answers.Take(resource, result.ErrorCode, result.ErrorMessage, () => true);
            }
        });

    private static IncrementalAlterConfigsRequest.AlterConfigsResource ToChange(ConfigResource resource, IReadOnlyCollection<AlterConfigOp> ops) => new()
    {
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
        Configs = [.. ops.Select(op => new IncrementalAlterConfigsRequest.AlterableConfig { Name = op.Name, ConfigOperation = (sbyte)op.Type, Value = op.Value })],
    };

    private static ConfigEntry ToEntry(DescribeConfigsResponse.DescribeConfigsResourceResult config) => new(
        config.Name,
        config.Value,
        // Version 0 tells no source, only whether it is the default.
        config.ConfigSource >= 0 ? (ConfigSource)config.ConfigSource : config.IsDefault ? ConfigSource.Default : ConfigSource.Unknown,
        config.ReadOnly,
        config.IsSensitive,
        (ConfigType)config.ConfigType,
        config.Documentation,
        [.. config.Synonyms.Select(synonym => new ConfigSynonym(synonym.Name, synonym.Value, (ConfigSource)synonym.Source))]);

    /// <summary>A broker that is down cannot tell its settings, but any other takes a change of them to the controller.</summary>
    private sealed class ConfigLocator(bool isChange) : IBrokerLocator<ConfigResource>
    {
        private readonly ControllerPlace _controller = new();

        public bool TopicsMayBeYoung => !isChange;

        public async Task<IReadOnlyList<KeyValuePair<ConfigResource, Place>>> LocateAsync(AdminCall call, IReadOnlyList<ConfigResource> keys)
        {
            var elsewhere = isChange ? Place.At(await _controller.NextAsync(call).ConfigureAwait(false)) : Place.Anywhere;
            return [.. keys.Select(key => KeyValuePair.Create(key, PlaceOf(call, key, elsewhere)))];
        }

        private Place PlaceOf(AdminCall call, ConfigResource resource, Place elsewhere)
        {
            if (resource.Type is not (ConfigResourceType.Broker or ConfigResourceType.BrokerLogger)
                || !int.TryParse(resource.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var brokerId))
                return elsewhere;
            return isChange && !call.View.Brokers.ContainsKey(brokerId) ? elsewhere : Place.At(brokerId);
        }
    }
}
