using System.Net;
using System.Net.Sockets;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// One listening address. It is bound and listening from <see cref="Bind"/> on, so that its port is known and taken before anything is served;
/// clients that come early wait in the backlog until <see cref="AcceptAsync"/>. A second listener on the same address fails, also from another process.
/// </summary>
internal sealed class Listener : IDisposable
{
    private const int AcceptRetryMs = 200;

    private readonly Socket _socket;

    private Listener(ListenerOptions options, Socket socket)
    {
        Name = options.Name;
        IsInterBroker = options.IsInterBroker;
        _socket = socket;
        Endpoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    public string Name { get; }

    public bool IsInterBroker { get; }

    /// <summary>With the real port.</summary>
    public IPEndPoint Endpoint { get; }

    /// <exception cref="ListenerBindException">The address cannot be had.</exception>
    public static Listener Bind(ListenerOptions options)
    {
        var socket = new Socket(options.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(options.Endpoint);
            // Linux lets two sockets bind while neither listens: the port is taken by this.
            socket.Listen(options.Backlog);
            return new Listener(options, socket);
        }
        catch (SocketException cause)
        {
            socket.Dispose();
            throw new ListenerBindException(options.Name, options.Endpoint, cause);
        }
    }

    /// <summary>Hands every accepted socket to <paramref name="onAccepted"/>, until disposed.</summary>
    public async Task AcceptAsync(Action<Listener, Socket> onAccepted, TimerWheel wheel, IGatewayLog log)
    {
        var isFailing = false;
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(CancellationToken.None).ConfigureAwait(false);
                isFailing = false;
                onAccepted(this, socket);
            }
            catch (Exception cause) when (cause is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException cause)
            {
                // Out of file descriptors, most likely. Those that are waiting stay in the backlog; one line says so, however long it lasts.
                if (!isFailing)
                    log.Error(cause, $"Listener {Name} on {Endpoint} cannot accept connections: {cause.SocketErrorCode}. It goes on trying.");
                isFailing = true;
                await WheelDelay.WaitAsync(wheel, AcceptRetryMs, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
