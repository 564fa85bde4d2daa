using Akka.Broker.Client.Settings;
using Akka.Configuration;

namespace Akka.Broker.Client.Admin;

/// <summary>What an <see cref="AdminClient"/> goes by beside the <see cref="ClientSettings"/>: <c>akka.broker.client.admin</c>, where each key is explained.</summary>
public sealed record AdminSettings
{
    /// <summary>How long an unknown topic is asked for again: one that was just made is not known to every broker yet.</summary>
    public required TimeSpan UnknownTopicPatience { get; init; }

    /// <summary>From an application's configuration over the defaults.</summary>
    /// <exception cref="InvalidClientSettingsException">A value is not allowed.</exception>
    public static AdminSettings Of(Config config) => new()
    {
        UnknownTopicPatience = SettingsSection.Of(config).Section("admin").Duration("unknown-topic-patience"),
    };
}
