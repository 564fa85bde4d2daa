using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Replicas;

/// <summary>A fetch response whose records several partitions append: its memory goes back when the last has released it. Thread-safe.</summary>
internal sealed class SharedResponse(BrokerResponse<FetchResponse> response)
{
    // One is the fetcher's own.
    private int _holders = 1;

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            response.Dispose();
    }
}
