namespace Akka.Broker.Connections;

/// <summary>Connections over TCP, or without a socket to brokers of this process where the options want that. Thread-safe.</summary>
public sealed class BrokerConnections(BrokerConnectionOptions options, TimeProvider time, Random random) : IBrokerConnections
{
    private readonly Lock _gate = new();

    public IBrokerConnection Open(BrokerAddress address, string purpose)
    {
        int seed;
        lock (_gate)
            seed = random.Next();
        var clientId = purpose.Length == 0 ? options.ClientId : $"{options.ClientId}-{purpose}";
        var channel = new BrokerChannel(address, clientId, options, time, new Random(seed));
        return options.UsesLocalListeners ? new LocalBrokerConnection(channel, clientId, options, time) : channel;
    }
}
