using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// The way to one broker for one purpose: requests in, responses out, answered in the order in which they were asked. Thread-safe.
/// Whoever opens it disposes it; that fails what is unanswered.
/// </summary>
public interface IBrokerConnection : IDisposable
{
    BrokerAddress Address { get; }

    /// <summary>
    /// Asks in the highest version that both sides know. Nothing is ever sent twice: when it fails, nobody knows whether the other broker has done it.
    /// </summary>
    /// <param name="request">The caller leaves it unchanged until it is answered. Records in memory are sent from where they lie: they stay unchanged, too.</param>
    /// <param name="timeout">From now to the response, connecting and queueing included. When it is over the connection is given up with all that waits on it,
    /// since a broker that does not answer one request answers none behind it.</param>
    /// <param name="versionMax">The highest version that the caller can make use of.</param>
    /// <param name="cancelled">Gives up the answer; the connection goes on.</param>
    /// <returns>To be disposed by the caller when he is through with the response's records.</returns>
    /// <exception cref="BrokerConnectionException">There is no connection, or it was lost, or no answer came in time.</exception>
    /// <exception cref="UnsupportedByBrokerException">The other broker does not serve this API, in none of our versions, or not on this listener.</exception>
    /// <exception cref="NotSupportedException">A field that is set has no place in the version that both sides know.</exception>
    Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
        IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
        where TResponse : IResponse, new();

    /// <summary>
    /// Sends a request that has no answer (Produce with acks=0), behind all that was asked before. Completed when the system has taken its bytes: whether
    /// the broker got them nobody knows.
    /// </summary>
    /// <param name="request">Left unchanged until then.</param>
    /// <param name="timeout">From now, connecting included.</param>
    /// <param name="cancelled">Gives up waiting.</param>
    /// <exception cref="BrokerConnectionException">There is no connection, or it was lost.</exception>
    Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default);
}

public static class BrokerConnectionExtensions
{
    /// <summary>As <see cref="IBrokerConnection.AskAsync"/>, for whoever knows the request's type.</summary>
    public static Task<BrokerResponse<TResponse>> AskAsync<TRequest, TResponse>(
        this IBrokerConnection connection, TRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
        where TRequest : IRequest
        where TResponse : IResponse, new() =>
        connection.AskAsync<TResponse>(request, timeout, versionMax, cancelled);
}

/// <summary>Opens connections to other brokers.</summary>
public interface IBrokerConnections
{
    /// <summary>One that connects when it is first asked, and anew after it was lost. Opening does no I/O.</summary>
    /// <param name="address">The broker's listener.</param>
    /// <param name="purpose">Stands in the client id, and so in the broker's log: <c>quorum</c>, <c>replica</c>, …; may be empty.</param>
    IBrokerConnection Open(BrokerAddress address, string purpose);
}
