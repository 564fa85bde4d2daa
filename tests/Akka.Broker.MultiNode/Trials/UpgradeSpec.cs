using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol.Messages;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>A cluster of an older release is rolled to this one, node by node, under load. <c>run-upgrade COMMIT</c> builds the older one and runs this.</summary>
public sealed class UpgradeSpec(ITestOutputHelper output)
{
    private const string Feature = "metadata.version";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Older_release_is_rolled_to_this_one_and_back_until_the_level_is_raised()
    {
        Skip.If(Repository.OlderBrokerDll is null, "needs an older build: tests/Akka.Broker.MultiNode/run-upgrade COMMIT");
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(3, build: Repository.OlderBrokerDll);
        var result = await Trial.RunAsync(cluster, "upgraded", new TrialOptions { Members = 3 }, async trial =>
        {
            var level = (await LevelsAsync(cluster)).Finalized;
            await RollAsync(trial, cluster[1], Repository.BrokerDll);
            await RollAsync(trial, cluster[1], Repository.OlderBrokerDll!);
            foreach (var node in cluster.Nodes)
                await RollAsync(trial, node, Repository.BrokerDll);

            var rolled = await LevelsAsync(cluster);
            Assert.Equal(level, rolled.Finalized);
            if (rolled.Supported > level)
                await RaiseAsync(cluster, rolled.Supported);
            output.WriteLine($"{Feature} {level}, then {(await LevelsAsync(cluster)).Finalized}");
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }

    private static async Task RollAsync(Trial trial, Node node, string build)
    {
        trial.Fault($"node {node.Id} ended and started with {(build == Repository.BrokerDll ? "this release" : "the older one")}");
        await node.StopAsync();
        node.BrokerDll = build;
        await Cluster.RestartAsync(node);
        await trial.Cluster.WaitForHealthAsync();
        await trial.MoreAcksAsync(500);
    }

    private static async Task<(short Finalized, short Supported)> LevelsAsync(Cluster cluster)
    {
        var answer = await WireClient.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(
            cluster[1], new ApiVersionsRequest { ClientSoftwareName = "upgrade", ClientSoftwareVersion = "1" }, 3, Limit);
        return (answer.FinalizedFeatures.Single(f => f.Name == Feature).MaxVersionLevel, answer.SupportedFeatures.Single(f => f.Name == Feature).MaxVersion);
    }

    private static Task RaiseAsync(Cluster cluster, short level) => Until.TrueAsync($"{Feature} {level}", Limit, async () =>
    {
        var request = new UpdateFeaturesRequest { TimeoutMs = 10_000, FeatureUpdates = [new() { Feature = Feature, MaxVersionLevel = level, UpgradeType = 1 }] };
        await WireClient.AskAsync<UpdateFeaturesRequest, UpdateFeaturesResponse>(cluster[1], request, 1, Limit);
        return (await LevelsAsync(cluster)).Finalized == level;
    });
}
