using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>
/// The producer's memory is full, and so is the room for records that wait for memory: the application sends without awaiting what it is answered. Nothing of
/// this record is kept; it may be sent again later.
/// </summary>
public sealed class ProducerBufferFullException(string message) : BrokerClientException(ErrorCode.RequestTimedOut, message);
