using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Remoting;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller;

/// <summary>What is sent to the controller. It decides one after the other, each on the outcome of those before; what it answers is committed.</summary>
public interface IControllerCommand : IRemoteMessage;

/// <summary>Who asks: only the broker itself may make internal topics by its own rules.</summary>
public enum CommandOrigin
{
    Client,
    Broker,
}

/// <summary>
/// A request of the protocol that the controller decides: of an administrator, or of a broker (AlterPartition). From any node.
/// Answered with <see cref="AdminAnswer"/>. The deadline stands in the request.
/// </summary>
public sealed record AdminCommand(IRequest Request, CommandOrigin Origin = CommandOrigin.Client) : IControllerCommand
{
    /// <summary>The version in which request and response travel between nodes: the asking client's, since a field may have its place there alone.</summary>
    public short Version { get; init; } = HighestVersion;

    /// <summary>The schema's highest.</summary>
    public const short HighestVersion = -1;
}

/// <summary>The response that belongs to the request, and the metadata offset from which on it shows.</summary>
public sealed record AdminAnswer(IResponse Response, long MetadataOffset) : IRemoteMessage
{
    /// <summary>The command's.</summary>
    public short Version { get; init; } = AdminCommand.HighestVersion;
}

/// <summary>A broker has started. Answered with <see cref="BrokerRegistered"/>.</summary>
public sealed record RegisterBroker(BrokerRegistration Registration) : IControllerCommand;

/// <summary>The registration is committed, at this offset of the metadata log.</summary>
public sealed record BrokerRegistered(long BrokerEpoch, long MetadataOffset) : IRemoteMessage;

/// <summary>A broker wants producer ids to give out. Answered with <see cref="ProducerIdBlock"/>.</summary>
public sealed record AllocateProducerIds(int BrokerId, long BrokerEpoch) : IControllerCommand;

/// <summary>Ids from <paramref name="FirstId"/> on are the asking broker's, and never anybody else's. None with an error.</summary>
public sealed record ProducerIdBlock(ErrorCode Error, long FirstId, int Count) : IRemoteMessage;

/// <summary>The command was not carried out, or it is unknown whether it was: the controller is starting, or its log failed. Asking again is safe.</summary>
public sealed record ControllerUnavailable(ErrorCode Error, string Message) : IRemoteMessage;

/// <summary>A broker is about to stop: others shall take over what it leads. May be asked again until nothing is left. Answered with <see cref="BrokerShuttingDown"/>.</summary>
public sealed record ShutDownBroker(int BrokerId, long BrokerEpoch) : IControllerCommand;

/// <summary>The broker leads <paramref name="Remaining"/> partitions yet that a follower can take over once it has caught up. STALE_BROKER_EPOCH to another incarnation.</summary>
public sealed record BrokerShuttingDown(ErrorCode Error, int Remaining, long MetadataOffset) : IRemoteMessage;

/// <summary>A broker's replicas whose logs are offline, all of them. May be said again. Answered with <see cref="OfflineReplicasNoted"/>.</summary>
public sealed record ReportOfflineReplicas(OfflineReport Report) : IControllerCommand;

/// <summary>Others have taken over what they can, as of this offset. STALE_BROKER_EPOCH to another incarnation.</summary>
public sealed record OfflineReplicasNoted(ErrorCode Error, long MetadataOffset) : IRemoteMessage;

/// <summary>What the controller's own node tells it. Never sent to another node; nobody answers, and where no controller decides it is dropped.</summary>
public interface IControllerEvent;

/// <summary>A broker, of this epoch as it says, has fetched the metadata log up to <paramref name="EndOffset"/>: its heartbeat.</summary>
public sealed record MetadataFetched(int BrokerId, long BrokerEpoch, long EndOffset) : IControllerEvent;
