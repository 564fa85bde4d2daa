using Akka.Actor;
using Akka.Broker.Client.Admin;
using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Producing;
using Akka.Broker.Connections;
using Akka.Configuration;

namespace Akka.Broker.Client;

/// <summary>
/// The client of an actor system, one a system: <c>BrokerClient.Get(system)</c>. Makes producers, consumers and admin clients, which share what is known of the
/// cluster at <c>akka.broker.client.bootstrap-servers</c>. The system is a plain one, no member of the brokers' cluster. Connecting is done when something is
/// first asked; the connections are closed when the system has ended. Any thread.
/// </summary>
public sealed class BrokerClient : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Lazy<IClusterClient> _cluster;
    private readonly Lazy<AdminClient> _admin;
    private readonly Random _random = new();

    internal BrokerClient(ExtendedActorSystem system, Func<ClientSettings, IClusterClient>? connect = null)
    {
        _system = system;
        Settings = ClientSettings.Of(system.Settings.Config);
        _cluster = new Lazy<IClusterClient>(() => connect?.Invoke(Settings) ?? Connect(Settings));
        _admin = new Lazy<AdminClient>(() => new AdminClient(new AdminParts(Cluster.OnLane("admin"), Settings, AdminSettings.Of(Config), Time, new Random())));
        _system.RegisterOnTermination(Close);
    }

    /// <summary>What all of this client goes by: <c>akka.broker.client</c>.</summary>
    public ClientSettings Settings { get; }

    /// <summary>Administers the cluster; the same for all who ask.</summary>
    public AdminClient Admin => _admin.Value;

    internal ExtendedActorSystem System => _system;

    internal Config Config => _system.Settings.Config;

    /// <summary>What producers go by that are not told otherwise: <c>akka.broker.client.producer</c>.</summary>
    public ProducerSettings ProducerSettings => ProducerSettings.Of(Config);

    /// <summary>What consumers go by that are not told otherwise: <c>akka.broker.client.consumer</c>.</summary>
    public ConsumerSettings ConsumerSettings => ConsumerSettings.Of(Config);

    internal TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>For producers, whose linger is short beside the steps of the other's timers.</summary>
    internal TimeProvider FineTime { get; } = new FineTime(TimeProvider.System);

    /// <summary>Shared by all that this client makes; each opens lanes of its own.</summary>
    internal IClusterClient Cluster => _cluster.Value;

    /// <summary>The client of the system, made when it is first asked for.</summary>
    /// <exception cref="InvalidClientSettingsException">A setting under <c>akka.broker.client</c> is not allowed.</exception>
    public static BrokerClient Get(ActorSystem system) => system.WithExtension<BrokerClient, BrokerClientProvider>();

    /// <summary>Seeded anew for each part.</summary>
    internal Random NewRandom()
    {
        lock (_random)
            return new Random(_random.Next());
    }

    private static ClusterClient Connect(ClientSettings settings)
    {
        var options = new BrokerConnectionOptions
        {
            ClientId = settings.ClientId,
            SoftwareName = "akka-broker-client",
            ConnectTimeout = settings.ConnectTimeout,
            BackoffMin = settings.ReconnectBackoff,
            BackoffMax = settings.ReconnectBackoffMax,
            UsesLocalListeners = settings.Transport == ClientTransport.Local,
        };
        return new ClusterClient(settings, new BrokerConnections(options, TimeProvider.System, new Random()), TimeProvider.System, new Random());
    }

    private void Close()
    {
        if (_cluster.IsValueCreated)
            _ = _cluster.Value.DisposeAsync().AsTask();
    }
}

/// <summary>Makes the extension; named in <c>akka.extensions</c> it is made with the system.</summary>
public sealed class BrokerClientProvider : ExtensionIdProvider<BrokerClient>
{
    public override BrokerClient CreateExtension(ExtendedActorSystem system) => new(system);
}
