using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Storage;

namespace Akka.Broker.Operations;

/// <summary>What a node shows of itself to whoever administers it within its process, for one of its lives. Every part is for any thread.</summary>
public sealed record BrokerAdministration
{
    /// <summary>Of this life; when it ends, so does all of this.</summary>
    public required ActorSystem System { get; init; }

    public required BrokerSettings Settings { get; init; }

    public required MetadataCache Metadata { get; init; }

    /// <summary>On whichever node it is.</summary>
    public required ControllerClient Controller { get; init; }

    public required QuorumPort Quorum { get; init; }

    /// <summary>Of this node, for reading.</summary>
    public required LogManager Logs { get; init; }

    /// <summary>To every broker, this one included.</summary>
    public required IBrokerConnections Connections { get; init; }

    public required TimeProvider Time { get; init; }
}
