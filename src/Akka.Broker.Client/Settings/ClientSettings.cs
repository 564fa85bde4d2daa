using Akka.Broker.Client.Settings;
using Akka.Broker.Connections;
using Akka.Configuration;

namespace Akka.Broker.Client;

/// <summary>How a client reaches brokers.</summary>
public enum ClientTransport
{
    Tcp,

    /// <summary>Brokers in the client's own process are reached without a socket, all others by TCP.</summary>
    Local,
}

/// <summary>What all of one client goes by: <c>akka.broker.client</c>, where each key is explained.</summary>
public sealed record ClientSettings
{
    /// <summary>As <c>host:port</c>; any live broker of the cluster will do.</summary>
    public required IReadOnlyList<string> BootstrapServers { get; init; }

    /// <summary>The application's name in brokers' logs and quotas.</summary>
    public required string ClientId { get; init; }

    /// <summary>How brokers are reached.</summary>
    public required ClientTransport Transport { get; init; }

    /// <summary>A request that is unanswered for so long is given up, with its connection.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>A connection that is not up after this is given up.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>The pause after a first failure to connect; each further one doubles it.</summary>
    public required TimeSpan ReconnectBackoff { get; init; }

    /// <summary>The longest such pause.</summary>
    public required TimeSpan ReconnectBackoffMax { get; init; }

    /// <summary>The pause before a request that failed retriably is repeated; each further failure doubles it.</summary>
    public required TimeSpan RetryBackoff { get; init; }

    /// <summary>The longest such pause.</summary>
    public required TimeSpan RetryBackoffMax { get; init; }

    /// <summary>What one call may take, retries included, where it has no limit of its own.</summary>
    public required TimeSpan ApiTimeout { get; init; }

    /// <summary>What is known of topics and leaders is asked for anew after this at the latest.</summary>
    public required TimeSpan MetadataMaxAge { get; init; }

    /// <summary>A broker that does not answer within this is passed over for the next.</summary>
    public required TimeSpan MetadataTimeout { get; init; }

    /// <summary>Whether asking for a topic may create it; the broker must allow it too.</summary>
    public required bool AllowAutoCreateTopics { get; init; }

    /// <summary><see cref="BootstrapServers"/>, read.</summary>
    internal IReadOnlyList<BrokerAddress> BootstrapAddresses => [.. BootstrapServers.Select(ParseAddress)];

    /// <summary>From an application's configuration over the defaults.</summary>
    /// <exception cref="InvalidClientSettingsException">A value is not allowed.</exception>
    public static ClientSettings Of(Config config)
    {
        var section = SettingsSection.Of(config);
        var metadata = section.Section("metadata");
        var settings = new ClientSettings
        {
            BootstrapServers = section.TextList("bootstrap-servers"),
            ClientId = section.Text("client-id"),
            Transport = section.OneOf("transport", ("tcp", ClientTransport.Tcp), ("local", ClientTransport.Local)),
            RequestTimeout = section.Duration("request-timeout", TimeSpan.FromMilliseconds(1)),
            ConnectTimeout = section.Duration("connect-timeout", TimeSpan.FromMilliseconds(1)),
            ReconnectBackoff = section.Duration("reconnect-backoff"),
            ReconnectBackoffMax = section.Duration("reconnect-backoff-max"),
            RetryBackoff = section.Duration("retry-backoff"),
            RetryBackoffMax = section.Duration("retry-backoff-max"),
            ApiTimeout = section.Duration("api-timeout", TimeSpan.FromMilliseconds(1)),
            MetadataMaxAge = metadata.Duration("max-age", TimeSpan.FromMilliseconds(1)),
            MetadataTimeout = metadata.Duration("timeout", TimeSpan.FromMilliseconds(1)),
            AllowAutoCreateTopics = metadata.Bool("allow-auto-create-topics"),
        };
        if (settings.BootstrapAddresses.Count == 0)
            throw section.Refused("bootstrap-servers", "", "at least one host:port");
        return settings;
    }

    private static BrokerAddress ParseAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        // An IPv6 address stands in brackets.
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (bare.Length > 0 && (bare == host) == !bare.Contains(':') && ushort.TryParse(text[(colon + 1)..], out var port) && port > 0)
            return new BrokerAddress(bare, port);
        throw new InvalidClientSettingsException($"{SettingsSection.Root}.bootstrap-servers has '{text}'; allowed: host:port, an IPv6 address in brackets.");
    }
}
