using System.Collections.Immutable;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Groups;
using Akka.Broker.Metrics;
using Akka.Broker.Partitions;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Settings;
using Akka.Broker.Storage;

namespace Akka.Broker.Nodes;

/// <summary>What a broker's process has from its start to its end, whichever actor system lives in it at the time.</summary>
internal sealed record NodeParts
{
    public required BrokerSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Seeds whoever needs chance; used under its own lock.</summary>
    public required Random Random { get; init; }

    public required NodeLog Log { get; init; }

    public required GatewayServer Gateway { get; init; }

    public required LogManager Logs { get; init; }

    public required MetadataCache Metadata { get; init; }

    public required LedPartitions Led { get; init; }

    /// <summary>What this node follows, whichever life follows it.</summary>
    public LedPartitions Followed { get; } = new();

    /// <summary>What is counted; null if nothing is.</summary>
    public NodeFigures? Figures { get; init; }

    public required QuorumPort Quorum { get; init; }

    /// <summary>What the node reads and writes of the metadata.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;

    /// <summary>Kept over lives: why groups rebalanced.</summary>
    public GroupHistory GroupHistory { get; } = new();

    /// <summary>Somebody asks for the process to stop in order; what it is told is the reason. Where nobody runs a process, nobody listens.</summary>
    public Action<string> RequestStop { get; init; } = static _ => { };

    /// <summary>As clients and brokers are told to connect, in the order of the settings.</summary>
    public required ImmutableArray<BrokerEndpoint> Endpoints { get; init; }

    /// <summary>Where other brokers connect.</summary>
    public BrokerEndpoint InterBroker => Endpoints.First(e => e.Listener == Settings.Kafka.InterBrokerListener);

    /// <summary>A seed for a part of the node.</summary>
    public Random NewRandom()
    {
        lock (Random)
            return new Random(Random.Next());
    }

    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (Random)
            Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>As Kafka writes ids: url-safe base64 without padding.</summary>
    public string NewClusterId() => Convert.ToBase64String(NewId().ToByteArray(bigEndian: true)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Connections to other brokers, which are tried again at least this often.</summary>
    public BrokerConnections Connections(TimeSpan backoffMax) =>
        new(
            new BrokerConnectionOptions
            {
                ClientId = $"broker-{Settings.NodeId}",
                BackoffMax = backoffMax,
                UnsupportedHint = "Check that this is its inter-broker listener (akka.broker.kafka.inter-broker-listener) and which release it is of.",
            },
            Time,
            NewRandom());
}
