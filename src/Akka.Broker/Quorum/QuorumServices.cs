using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Storage;

namespace Akka.Broker.Quorum;

/// <summary>What a node's <see cref="QuorumActor"/> is made with.</summary>
public sealed record QuorumServices
{
    /// <summary>They hold the metadata log, say which node and disk this is, and outlive the actor.</summary>
    public required LogManager Logs { get; init; }

    /// <summary>Told who leads.</summary>
    public required MetadataCache Metadata { get; init; }

    /// <summary>By which the rest of the process reaches the actor.</summary>
    public required QuorumPort Port { get; init; }

    /// <summary>Is told of epochs won and lost, and of brokers' fetches.</summary>
    public required IActorRef Guardian { get; init; }

    /// <summary>Is told of each new image.</summary>
    public required IActorRef Node { get; init; }

    /// <summary>Of this start of the process: until its registration is in the log, nothing of the log shows on this node.</summary>
    public required Guid IncarnationId { get; init; }

    public required IBrokerConnections Connections { get; init; }

    /// <summary>The name of the listener over which brokers speak to each other.</summary>
    public required string InterBrokerListener { get; init; }

    /// <summary>This node's address on it; null where nobody else could reach it.</summary>
    public required BrokerAddress? Address { get; init; }

    public required QuorumSettings Settings { get; init; }

    /// <summary>How many voters the settings name; 0: none.</summary>
    public int ConfiguredVoters { get; init; }

    /// <summary>Whom a node with an empty log follows: the voters of the cluster that it has met.</summary>
    public VoterSet LearnFrom { get; init; } = VoterSet.Empty;

    /// <summary>What this node can read of the metadata.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;

    /// <summary>Which members could claim, and in which order; null: nobody says.</summary>
    public Membership? Membership { get; init; }

    /// <summary>Under which epoch this node's broker is registered, -1 before. The actor's own: what a restart of it must not forget, since its fetches are the broker's heartbeat.</summary>
    internal StrongBox<long> BrokerEpoch { get; } = new(-1);

    public required TimeProvider Time { get; init; }

    public required Random Random { get; init; }
}
