using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Akka.Runtime.Tests.Remote;

/// <summary>
/// Stands between others and one system, whose public address it is: passes bytes on, stops passing them, or cuts the connections.
/// </summary>
public sealed class TcpProxy : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly CancellationTokenSource _ended = new();
    private volatile TaskCompletionSource _passing = Completed();
    private volatile bool _refuses;

    public TcpProxy()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Where the system really listens; known once it has started.</summary>
    public int TargetPort { get; set; }

    public int ConnectionsMade { get; private set; }

    /// <summary>The settings of a system that is behind this proxy.</summary>
    public string Hocon => $"akka.remote.dot-netty.tcp.public-port = {Port}";

    /// <summary>Nothing more passes, in either direction, until <see cref="Resume"/>.</summary>
    public void Pause() => _passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => _passing.TrySetResult();

    /// <summary>Ends the connections there are, and those to come at once, until <see cref="Heal"/>.</summary>
    public void Cut()
    {
        _refuses = true;
        CutOnce();
    }

    public void Heal() => _refuses = false;

    /// <summary>Ends the connections there are.</summary>
    public void CutOnce()
    {
        foreach (var (socket, _) in _sockets)
            Close(socket);
    }

    public void Dispose()
    {
        _ended.Cancel();
        Resume();
        Cut();
        _listener.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_ended.Token);
                if (_refuses)
                {
                    Close(client);
                    continue;
                }
                ConnectionsMade++;
                _ = ServeAsync(client);
            }
        }
        catch (Exception) when (_ended.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets[client] = _sockets[target] = true;
        try
        {
            await target.ConnectAsync(IPAddress.Loopback, TargetPort, _ended.Token);
            await Task.WhenAll(PassAsync(client, target), PassAsync(target, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone, and so the other.
        }
        finally
        {
            Close(client);
            Close(target);
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, SocketFlags.None, _ended.Token) is var received and > 0)
        {
            await _passing.Task;
            for (var sent = 0; sent < received;)
                sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), SocketFlags.None, _ended.Token);
        }
        to.Shutdown(SocketShutdown.Send);
    }

    private void Close(Socket socket)
    {
        _sockets.TryRemove(socket, out _);
        socket.Close(0);
    }
}
