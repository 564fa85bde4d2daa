using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Interbroker;

/// <summary>The other broker does not serve the API as we speak it: it is of another release, or the address is not its inter-broker listener.</summary>
public sealed class UnsupportedByBrokerException(BrokerAddress address, ApiKey apiKey, string served)
    : Exception($"Broker at {address} serves {apiKey} {served}. Check that this is its inter-broker listener (akka.broker.kafka.inter-broker-listener) and which release it is of.")
{
    public ApiKey ApiKey { get; } = apiKey;
}
