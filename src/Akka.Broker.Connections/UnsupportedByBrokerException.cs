using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>The broker does not serve the API as we speak it: it is of another release, or the address is not the listener that it was taken for.</summary>
public sealed class UnsupportedByBrokerException(BrokerAddress address, ApiKey apiKey, string served, string hint)
    : Exception($"Broker at {address} serves {apiKey} {served}. {hint}")
{
    public ApiKey ApiKey { get; } = apiKey;
}
