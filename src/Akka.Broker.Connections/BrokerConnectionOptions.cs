namespace Akka.Broker.Connections;

/// <summary>What all connections of one owner (a broker's node, a client) to brokers go by.</summary>
public sealed record BrokerConnectionOptions
{
    /// <summary>What a broker calls itself.</summary>
    public const string BrokerSoftwareName = "akka-broker";

    /// <summary>How the broker's log and quotas name the owner; a connection's purpose stands behind it.</summary>
    public required string ClientId { get; init; }

    /// <summary>What the owner calls itself in ApiVersions: letters, digits, dots and dashes.</summary>
    public string SoftwareName { get; init; } = BrokerSoftwareName;

    /// <summary>What to look at when a broker does not serve an API; the last sentence of <see cref="UnsupportedByBrokerException"/>.</summary>
    public string UnsupportedHint { get; init; } = "Check which release it is of.";

    /// <summary>Brokers of this process are reached through <see cref="LocalListeners"/>, without a socket.</summary>
    public bool UsesLocalListeners { get; init; }

    /// <summary>A connection that is not up after this is given up.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests sent and unanswered on a connection; further ones wait.</summary>
    public int InFlightMax { get; init; } = 32;

    /// <summary>The longest response frame; what claims more is no broker's.</summary>
    public int ResponseBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>The pause after a first failure to connect.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause: how late, at most, a broker that is back is noticed by who keeps asking.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(1);
}
