using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>
/// The settings of a broker that may be altered at run time: the topics' defaults (<see cref="TopicConfig"/>), under Kafka's broker-wide names, and what concerns brokers alone.
/// </summary>
public static class BrokerConfig
{
    public const string LeaderThrottledRate = "leader.replication.throttled.rate";
    public const string FollowerThrottledRate = "follower.replication.throttled.rate";

    private const string MaxLong = "9223372036854775807";

    /// <summary>Those that are no topic's default.</summary>
    public static readonly IReadOnlyList<ConfigDefinition> Own =
    [
        new(FollowerThrottledRate, ConfigType.Long, MaxLong, FollowerThrottledRate,
            "How much this broker fetches of the replicas that are throttled as followers, together, in bytes a second; those in sync are not held back.") { Min = 1 },
        new(LeaderThrottledRate, ConfigType.Long, MaxLong, LeaderThrottledRate,
            "How much this broker sends of the replicas that are throttled as leaders, together, in bytes a second; followers in sync are not held back.") { Min = 1 },
    ];

    /// <summary>By its broker-wide name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out ConfigDefinition? definition)
    {
        definition = Own.FirstOrDefault(d => d.Name == name);
        if (definition is not null)
            return true;
        if (!TopicConfig.TryGetByBrokerName(name, out definition))
            return false;
        definition = definition with { Name = name };
        return true;
    }
}
