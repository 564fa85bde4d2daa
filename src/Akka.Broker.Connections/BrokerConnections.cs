namespace Akka.Broker.Connections;

/// <summary>Connections over TCP. Thread-safe.</summary>
public sealed class BrokerConnections(BrokerConnectionOptions options, TimeProvider time, Random random) : IBrokerConnections
{
    private readonly Lock _gate = new();

    public IBrokerConnection Open(BrokerAddress address, string purpose)
    {
        int seed;
        lock (_gate)
            seed = random.Next();
        return new BrokerChannel(address, purpose.Length == 0 ? options.ClientId : $"{options.ClientId}-{purpose}", options, time, new Random(seed));
    }
}
