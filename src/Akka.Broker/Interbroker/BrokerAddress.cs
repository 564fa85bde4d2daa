using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Interbroker;

/// <summary>Where another broker's inter-broker listener is reached.</summary>
public readonly record struct BrokerAddress(string Host, int Port)
{
    /// <summary>The broker's address under the listener's name; null if it has no such listener.</summary>
    public static BrokerAddress? Of(BrokerImage broker, string interBrokerListener) =>
        broker.EndpointOf(interBrokerListener) is { } endpoint ? new BrokerAddress(endpoint.Host, endpoint.Port) : null;

    public override string ToString() => $"{Host}:{Port}";
}
