using System.Collections.Concurrent;

namespace Akka.Broker.Connections;

/// <summary>
/// The brokers' listeners that are in this very process, by the addresses under which clients know them. A broker registers its own while it lives; clients whose
/// transport is local look here before they dial. One table a process, since neither side knows the other's actor system. Thread-safe.
/// </summary>
public static class LocalListeners
{
    private static readonly ConcurrentDictionary<BrokerAddress, ILocalListener> Known = new();

    /// <summary>From now until the result is disposed. Who comes later under the same address takes it over.</summary>
    public static IDisposable Register(BrokerAddress address, ILocalListener listener)
    {
        Known[address] = listener;
        return new Registration(address, listener);
    }

    /// <summary>Null: the address is that of another process.</summary>
    public static ILocalListener? Find(BrokerAddress address) => Known.GetValueOrDefault(address);

    private sealed class Registration(BrokerAddress address, ILocalListener listener) : IDisposable
    {
        public void Dispose() => Known.TryRemove(new KeyValuePair<BrokerAddress, ILocalListener>(address, listener));
    }
}

/// <summary>A listener that can be reached without a socket. Thread-safe.</summary>
public interface ILocalListener
{
    /// <summary>Null while it serves nobody: the same as a refused connection.</summary>
    ILocalConnection? TryConnect();
}

/// <summary>
/// One client's way into a broker of this process: whole request frames in, whole response frames out, both without their length field. The broker begins requests in the
/// order in which they are given; answers come when they are ready. Thread-safe.
/// </summary>
public interface ILocalConnection : IDisposable
{
    /// <summary>False from the first failure on, and when either side has closed it.</summary>
    bool IsOpen { get; }

    /// <param name="request">In an array of the shared pool, which is the broker's from now on, also when this fails.</param>
    /// <param name="length">How much of it is the frame.</param>
    /// <returns>The response in an array of the shared pool, which is the caller's; null if the request is answered by silence.</returns>
    /// <exception cref="BrokerConnectionException">The connection is closed, now or before: nobody knows whether the request was carried out.</exception>
    Task<LocalFrame?> ExchangeAsync(byte[] request, int length);
}

/// <summary>A frame in an array of the shared pool.</summary>
public readonly record struct LocalFrame(byte[] Array, int Length);
