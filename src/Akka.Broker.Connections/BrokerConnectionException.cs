namespace Akka.Broker.Connections;

/// <summary>A broker was not reached, or did not answer. What was asked may have been done all the same; asking again is the caller's decision.</summary>
public sealed class BrokerConnectionException(BrokerAddress address, string reason, Exception? cause = null)
    : Exception($"Broker at {address}: {reason}.", cause)
{
    public BrokerAddress Address { get; } = address;
}
