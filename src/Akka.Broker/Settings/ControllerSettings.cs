using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.controller</c> and how the controller looks after brokers and leaders.</summary>
/// <param name="Voters">Akka addresses, <c>host:port</c>, that form the metadata quorum at the first start; empty: the seed nodes.</param>
/// <param name="BrokerSessionTimeoutMs">A broker that has not fetched metadata for so long is fenced.</param>
/// <param name="AutoLeaderRebalanceEnable">Whether leaderships go back to the preferred leaders by themselves.</param>
/// <param name="LeaderImbalanceCheckIntervalSeconds">How often that is looked for.</param>
/// <param name="LeaderImbalancePerBrokerPercentage">The share of a broker's partitions that others may lead before it is done.</param>
public sealed record ControllerSettings(
    IReadOnlyList<string> Voters,
    int BrokerSessionTimeoutMs,
    bool AutoLeaderRebalanceEnable,
    int LeaderImbalanceCheckIntervalSeconds,
    int LeaderImbalancePerBrokerPercentage)
{
    internal static ControllerSettings From(SettingsReader reader)
    {
        var voters = reader.TextList("controller.voters");
        foreach (var voter in voters)
        {
            var colon = voter.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(voter.AsSpan(colon + 1), out _))
                reader.Refuse("controller.voters", voter, "host:port of the Akka address of a node");
        }
        var settings = new ControllerSettings(
            voters,
            (int)reader.Ms("broker.session.timeout.ms", 500, 60_000),
            reader.Bool("auto.leader.rebalance.enable"),
            reader.Int("leader.imbalance.check.interval.seconds", 1),
            reader.Int("leader.imbalance.per.broker.percentage", 0, 100));
        reader.Publish("broker.session.timeout.ms", ConfigType.Int, settings.BrokerSessionTimeoutMs);
        reader.Publish("auto.leader.rebalance.enable", ConfigType.Boolean, settings.AutoLeaderRebalanceEnable);
        reader.Publish("leader.imbalance.check.interval.seconds", ConfigType.Long, settings.LeaderImbalanceCheckIntervalSeconds);
        reader.Publish("leader.imbalance.per.broker.percentage", ConfigType.Int, settings.LeaderImbalancePerBrokerPercentage);
        return settings;
    }
}
