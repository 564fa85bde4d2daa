using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Controller;

/// <summary>What is sent to the controller. It decides one after the other, each on the outcome of those before; what it answers is committed.</summary>
public interface IControllerCommand;

/// <summary>Who asks: only the broker itself may make internal topics by its own rules.</summary>
public enum CommandOrigin
{
    Client,
    Broker,
}

/// <summary>
/// An administrator's request of the protocol: CreateTopics, DeleteTopics, CreatePartitions, AlterConfigs, IncrementalAlterConfigs.
/// Answered with <see cref="AdminAnswer"/>. The deadline stands in the request.
/// </summary>
public sealed record AdminCommand(IRequest Request, CommandOrigin Origin = CommandOrigin.Client) : IControllerCommand;

/// <summary>The response that belongs to the request, and the metadata offset from which on it shows.</summary>
public sealed record AdminAnswer(IResponse Response, long MetadataOffset);

/// <summary>A broker has started. Answered with <see cref="BrokerRegistered"/>.</summary>
public sealed record RegisterBroker(BrokerRegistration Registration) : IControllerCommand;

/// <summary>The registration is committed and this node's <see cref="MetadataCache"/> has it.</summary>
public sealed record BrokerRegistered(long BrokerEpoch, long MetadataOffset);

/// <summary>A broker wants producer ids to give out. Answered with <see cref="ProducerIdBlock"/>.</summary>
public sealed record AllocateProducerIds(int BrokerId, long BrokerEpoch) : IControllerCommand;

/// <summary>Ids from <paramref name="FirstId"/> on are the asking broker's, and never anybody else's. None with an error.</summary>
public sealed record ProducerIdBlock(ErrorCode Error, long FirstId, int Count);

/// <summary>The command was not carried out, or it is unknown whether it was: the controller is starting, or its log failed. Asking again is safe.</summary>
public sealed record ControllerUnavailable(ErrorCode Error, string Message);
