namespace Akka.Broker.Client.Admin;

/// <summary>Where a value comes from, by the protocol's numbers.</summary>
public enum ConfigSource : sbyte
{
    Unknown = 0,

    /// <summary>Altered on the topic.</summary>
    Topic = 1,

    /// <summary>Altered at run time on one broker.</summary>
    DynamicBroker = 2,

    /// <summary>Altered at run time for all brokers.</summary>
    DynamicDefaultBroker = 3,

    /// <summary>From the broker's own configuration.</summary>
    StaticBroker = 4,

    Default = 5,
    DynamicBrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

/// <summary>A value's type, by the protocol's numbers.</summary>
public enum ConfigType : sbyte
{
    Unknown = 0,
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

/// <summary>One setting of a resource.</summary>
/// <param name="Name">By Kafka's name.</param>
/// <param name="Value">Null: there is none, or it is sensitive.</param>
/// <param name="Source">Where the value comes from.</param>
/// <param name="IsReadOnly">It cannot be altered at run time.</param>
/// <param name="IsSensitive">Its value is never told.</param>
/// <param name="Type">The value's type.</param>
/// <param name="Documentation">What it does, if that was asked for.</param>
/// <param name="Synonyms">All values that are set for it, in order of precedence, if they were asked for.</param>
public sealed record ConfigEntry(
    string Name,
    string? Value,
    ConfigSource Source,
    bool IsReadOnly,
    bool IsSensitive,
    ConfigType Type,
    string? Documentation,
    IReadOnlyList<ConfigSynonym> Synonyms)
{
    public bool IsDefault => Source == ConfigSource.Default;
}

/// <summary>A value that is set for a setting somewhere.</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);
