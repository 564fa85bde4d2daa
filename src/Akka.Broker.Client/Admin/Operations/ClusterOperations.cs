using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Brokers, their folders, and the levels of features.</summary>
internal static class ClusterOperations
{
    public static Task<ClusterDescription> DescribeAsync(AdminCall call, bool includeFenced) =>
        SingleCall.RunAsync(call, async () =>
        {
            var request = new DescribeClusterRequest { IncludeFencedBrokers = includeFenced };
            var response = await call.AskAsync<DescribeClusterResponse>(AdminCall.AnyBroker, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, "Describing the cluster", response.ErrorMessage);
            return new ClusterDescription(
                response.ClusterId,
                response.ControllerId,
                [.. response.Brokers.OrderBy(b => b.BrokerId).Select(b => new BrokerDescription(b.BrokerId, b.Host, b.Port, b.Rack, b.IsFenced))]);
        });

    public static Task<AdminResults<int, IReadOnlyDictionary<string, LogDirDescription>>> DescribeLogDirsAsync(AdminCall call, IEnumerable<int> brokers) =>
        KeyedCall.RunAsync<int, IReadOnlyDictionary<string, LogDirDescription>>(call, "Describing the folders of broker", brokers, BrokerLocator.Instance, async (brokerId, _, answers) =>
        {
            var request = new DescribeLogDirsRequest { Topics = null };
            var response = await call.AskAsync<DescribeLogDirsResponse>(brokerId, request).ConfigureAwait(false);
            answers.Take(brokerId, response.ErrorCode, null, () => response.Results.ToDictionary(folder => folder.LogDir, ToLogDir));
        });

    public static Task UnregisterBrokerAsync(AdminCall call, int brokerId)
    {
        var controller = new ControllerPlace();
        return SingleCall.RunAsync(call, async () =>
        {
            var asked = await controller.NextAsync(call).ConfigureAwait(false);
            var response = await call.AskAsync<UnregisterBrokerResponse>(
                asked, new UnregisterBrokerRequest { BrokerId = brokerId }).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, $"Unregistering broker {brokerId}", response.ErrorMessage);
            return true;
        });
    }

    public static Task<FeatureDescription> DescribeFeaturesAsync(AdminCall call) =>
        SingleCall.RunAsync(call, async () =>
        {
            // Who asks must say so since version 3, and that is the first that tells features.
            var request = new ApiVersionsRequest { ClientSoftwareName = "akka-broker-client", ClientSoftwareVersion = "1" };
            var response = await call.AskAsync<ApiVersionsResponse>(AdminCall.AnyBroker, request).ConfigureAwait(false);
            SingleCall.Check(response.ErrorCode, "Describing features");
            return new FeatureDescription(
                response.FinalizedFeatures.ToDictionary(f => f.Name, f => new FeatureLevels(f.MinVersionLevel, f.MaxVersionLevel)),
                response.FinalizedFeaturesEpoch >= 0 ? response.FinalizedFeaturesEpoch : null,
                response.SupportedFeatures.ToDictionary(f => f.Name, f => new FeatureLevels(f.MinVersion, f.MaxVersion)));
        });

    /// <summary>All or, before version 2, one by one; either way the answer is per feature.</summary>
    public static Task<AdminResults<string>> UpdateFeaturesAsync(AdminCall call, IReadOnlyDictionary<string, FeatureUpdate> updates, bool validateOnly) =>
        KeyedCall.RunAsync(call, "Updating feature", updates.Keys, new ControllerLocator<string>(), async (brokerId, features, answers) =>
        {
            var request = new UpdateFeaturesRequest
            {
                TimeoutMs = call.RequestTimeoutMs,
                FeatureUpdates =
                [
                    .. features.Select(feature => new UpdateFeaturesRequest.FeatureUpdate
                    {
                        Feature = feature,
                        MaxVersionLevel = updates[feature].MaxVersionLevel,
                        UpgradeType = (sbyte)updates[feature].Type,
                    }),
                ],
                ValidateOnly = validateOnly,
            };
            var response = await call.AskAsync<UpdateFeaturesResponse>(brokerId, request).ConfigureAwait(false);
            if (response.ErrorCode != ErrorCode.None)
            {
                answers.FailAll(features, response.ErrorCode, response.ErrorMessage);
                return;
            }

            foreach (var result in response.Results)
                answers.Take(result.Feature, result.ErrorCode, result.ErrorMessage, () => true);
            if (response.Results.Count == 0)
            {
                foreach (var feature in features)
                    answers.Succeed(feature, true);
            }
        });

    private static LogDirDescription ToLogDir(DescribeLogDirsResponse.DescribeLogDirsResult folder) => new(
        folder.LogDir,
        folder.ErrorCode,
        folder.TotalBytes >= 0 ? folder.TotalBytes : null,
        folder.UsableBytes >= 0 ? folder.UsableBytes : null,
        folder.Topics
            .SelectMany(topic => topic.Partitions.Select(p => KeyValuePair.Create(
                new TopicPartition(topic.Name, p.PartitionIndex), new ReplicaDescription(p.PartitionSize, p.OffsetLag, p.IsFutureKey))))
            .ToDictionary());
}
