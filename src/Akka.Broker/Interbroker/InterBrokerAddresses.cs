using Akka.Broker.Connections;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Interbroker;

internal static class InterBrokerAddresses
{
    /// <summary>The broker's address under the listener's name; null if it has no such listener.</summary>
    public static BrokerAddress? AddressOf(this BrokerImage broker, string interBrokerListener) =>
        broker.EndpointOf(interBrokerListener) is { } endpoint ? new BrokerAddress(endpoint.Host, endpoint.Port) : null;
}
