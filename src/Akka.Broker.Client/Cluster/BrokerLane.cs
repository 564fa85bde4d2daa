using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>One connection to each broker, opened when it is first asked and closed when the broker has moved. Any thread.</summary>
internal sealed class BrokerLane(IBrokerConnections connections, string purpose) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<BrokerAddress, IBrokerConnection> _open = [];
    private bool _isDisposed;

    /// <exception cref="BrokerUnreachableException">There is no connection, or no answer in time.</exception>
    /// <exception cref="BrokerClientException">The broker does not serve it.</exception>
    public async ValueTask<BrokerResponse<TResponse>> AskAsync<TResponse>(
        BrokerAddress address, IRequest request, TimeSpan timeout, short versionMax, CancellationToken ct)
        where TResponse : IResponse, new()
    {
        try
        {
            return await Connection(address).AskAsync<TResponse>(request, timeout, versionMax, ct).ConfigureAwait(false);
        }
        catch (Exception cause) when (Translated(request, cause) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>As <see cref="AskAsync"/>, for what has no answer.</summary>
    public async ValueTask TellAsync(BrokerAddress address, IRequest request, TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            await Connection(address).TellAsync(request, timeout, ct).ConfigureAwait(false);
        }
        catch (Exception cause) when (Translated(request, cause) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Closes the connections to other addresses than these.</summary>
    public void Keep(IReadOnlySet<BrokerAddress> addresses)
    {
        List<IBrokerConnection>? gone = null;
        lock (_gate)
        {
            foreach (var (address, connection) in _open)
            {
                if (!addresses.Contains(address))
                    (gone ??= []).Add(connection);
            }
            gone?.ForEach(connection => _open.Remove(connection.Address));
        }
        gone?.ForEach(connection => connection.Dispose());
    }

    public void Dispose()
    {
        IBrokerConnection[] open;
        lock (_gate)
        {
            _isDisposed = true;
            open = [.. _open.Values];
            _open.Clear();
        }
        foreach (var connection in open)
            connection.Dispose();
    }

    private static BrokerClientException? Translated(IRequest request, Exception cause) => cause switch
    {
        BrokerConnectionException => new BrokerUnreachableException($"{request.Api}: {cause.Message}", cause),
        UnsupportedByBrokerException or NotSupportedException => new BrokerClientException(ErrorCode.UnsupportedVersion, $"{request.Api}: {cause.Message}", cause),
        _ => null,
    };

    private IBrokerConnection Connection(BrokerAddress address)
    {
        lock (_gate)
        {
            if (_isDisposed)
                throw new BrokerConnectionException(address, "this client is closed");
            if (!_open.TryGetValue(address, out var connection))
                _open.Add(address, connection = connections.Open(address, purpose));
            return connection;
        }
    }
}
