using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Event;

namespace Petabridge.Cmd.Host;

/// <summary>Accepts clients until it is disposed, which ends all of them. Thread-safe.</summary>
internal sealed class CmdListener : IDisposable
{
    private const int ConnectionsMax = 64;
    private readonly Socket _socket;
    private readonly Func<Socket, CmdConnection> _connect;
    private readonly ILoggingAdapter _log;
    private readonly ConcurrentDictionary<CmdConnection, bool> _connections = new();
    private volatile bool _isDisposed;

    private CmdListener(Socket socket, Func<Socket, CmdConnection> connect, ILoggingAdapter log)
    {
        _socket = socket;
        _connect = connect;
        _log = log;
        Endpoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    public IPEndPoint Endpoint { get; }

    /// <exception cref="SocketException">The address cannot be had.</exception>
    public static CmdListener Bind(IPEndPoint endpoint, Func<Socket, CmdConnection> connect, ILoggingAdapter log)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen();
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
        var listener = new CmdListener(socket, connect, log);
        _ = listener.AcceptAsync();
        return listener;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _socket.Dispose();
        foreach (var connection in _connections.Keys)
            connection.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_isDisposed)
        {
            Socket client;
            try
            {
                client = await _socket.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
            {
                if (_isDisposed)
                    return;
                // The client was gone before it was accepted; whatever else it is shows again at the next one.
                continue;
            }
            if (_connections.Count >= ConnectionsMax)
            {
                _log.Warning("A client of the command line is turned away: {0} are connected.", ConnectionsMax);
                client.Dispose();
                continue;
            }
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        client.NoDelay = true;
        using var connection = _connect(client);
        _connections[connection] = true;
        if (_isDisposed)
            return;
        try
        {
            await connection.RunAsync().ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _log.Debug("A client of the command line is gone: {0}", cause.Message);
        }
        catch (InvalidDataException cause)
        {
            _log.Warning("A client of the command line is sent away: {0}", cause.Message);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }
}
