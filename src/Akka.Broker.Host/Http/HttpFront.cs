using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Akka.Broker.Host.Http;

/// <summary>
/// The node's HTTP door: health and figures.
/// <code>
///   Bind ─▶ [ port taken, who asks waits in the backlog ] ─ StartAsync ─▶ [ Kestrel answers ] ─ DisposeAsync ─▶ closed
/// </code>
/// The port is bound before the broker starts, which costs a system call and tells a port in use from the first; Kestrel, which costs a tenth of a second of
/// processor time, is loaded beside the running broker. It runs without ASP.NET's host: no configuration files, no signals, no logs of its own.
/// </summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private const string ListenerName = "http";
    private const int Backlog = 128;
    private const int ConnectionsMax = 100;
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private KestrelServer? _server;

    private HttpFront(Socket socket) => _socket = socket;

    /// <summary>With the real port.</summary>
    public IPEndPoint Endpoint { get; private init; } = null!;

    /// <summary>Takes the port; null if the settings want none.</summary>
    /// <exception cref="ListenerBindException">It cannot be had.</exception>
    /// <exception cref="InvalidSettingsException">The host has no address.</exception>
    public static HttpFront? Bind(HttpSettings settings)
    {
        if (settings.Port is not { } port)
            return null;
        var endpoint = Resolve(settings.Host, port);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new HttpFront(socket) { Endpoint = (IPEndPoint)socket.LocalEndPoint! };
        }
        catch (SocketException cause)
        {
            socket.Dispose();
            throw new ListenerBindException(ListenerName, endpoint, cause);
        }
    }

    /// <summary>Answers from now on.</summary>
    public async Task StartAsync(HttpPages pages, CancellationToken cancelled)
    {
        var transport = new SocketTransportOptions { CreateBoundListenSocket = _ => _socket, IOQueueCount = 1, Backlog = Backlog };
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = NoServices.Instance };
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        // A page is there whole: that its sender waits for the reader in the middle of a long one saves nothing, and was not met while short ones were answered.
        options.Limits.MaxResponseBufferSize = null;
        options.Listen(Endpoint, listen => listen.Protocols = HttpProtocols.Http1);
        _server = new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(transport), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
        await _server.StartAsync(pages, cancelled).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks itself for a page, so that what it takes to answer is loaded and compiled before somebody waits for it: the first scrape is then as quick as the others.
    /// </summary>
    /// <exception cref="SocketException">Nobody answers.</exception>
    public async Task WarmAsync(string path, CancellationToken cancelled)
    {
        var address = Endpoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : Endpoint.Address;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, Endpoint.Port, cancelled).ConfigureAwait(false);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), cancelled).ConfigureAwait(false);
        var ignored = new byte[16 * 1024];
        while (await socket.ReceiveAsync(ignored, cancelled).ConfigureAwait(false) > 0)
        {
            // Only that it came counts.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            using var late = new CancellationTokenSource(StopMax);
            await _server.StopAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _server.Dispose();
        }

        _socket.Dispose();
    }

    private static IPEndPoint Resolve(string host, int port)
    {
        if (host == "*")
            return new IPEndPoint(IPAddress.Any, port);
        return new ListenerSettings(ListenerName, host, port, host, port).Resolve();
    }

    /// <summary>What Kestrel would look for there is optional.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
