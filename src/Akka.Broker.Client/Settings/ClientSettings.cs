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
    public required IReadOnlyList<string> BootstrapServers { get; init; }

    public required string ClientId { get; init; }

    public required ClientTransport Transport { get; init; }

    public required TimeSpan RequestTimeout { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan ReconnectBackoff { get; init; }

    public required TimeSpan ReconnectBackoffMax { get; init; }

    public required TimeSpan RetryBackoff { get; init; }

    public required TimeSpan RetryBackoffMax { get; init; }

    public required TimeSpan ApiTimeout { get; init; }

    public required TimeSpan MetadataMaxAge { get; init; }

    public required TimeSpan MetadataTimeout { get; init; }

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
