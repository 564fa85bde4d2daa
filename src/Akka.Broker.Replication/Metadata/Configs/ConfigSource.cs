namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>Where a setting's value comes from, by DescribeConfigs' numbers; a lower one wins.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,

    /// <summary>Altered on the topic.</summary>
    Topic = 1,

    /// <summary>Altered at run time on one broker.</summary>
    DynamicBroker = 2,

    /// <summary>Altered at run time for all brokers.</summary>
    DynamicDefaultBroker = 3,

    /// <summary>From the broker's HOCON.</summary>
    StaticBroker = 4,

    Default = 5,
}
