using System.Net;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Gateway.Sockets;

namespace Akka.Broker.Tests.Gateway;

/// <summary>A gateway on free loopback ports: one for clients, one for brokers.</summary>
internal sealed class GatewayTestContext : IAsyncDisposable
{
    public GatewayTestContext(ConnectionLimits? limits = null, params IRequestHandler[] more)
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        ListenerOptions[] listeners = [new("PLAINTEXT", any), new("BROKERS", any, IsInterBroker: true)];
        Server = GatewayServer.Bind(listeners, limits ?? new ConnectionLimits(), Time, Log);
        Server.Serve(new HandlerTable([new ApiVersionsHandler(Metadata), Held, .. more]));
    }

    public ManualTime Time { get; } = new();

    public MemoryGatewayLog Log { get; } = new();

    public MetadataCache Metadata { get; } = new();

    public HeldHandler Held { get; } = new();

    public GatewayServer Server { get; }

    public IPEndPoint Endpoint => Server.Listeners[0].Endpoint;

    public IPEndPoint InterBrokerEndpoint => Server.Listeners[1].Endpoint;

    public Task<WireClient> ConnectAsync(int receiveBufferBytes = 0) => WireClient.ConnectAsync(Endpoint, receiveBufferBytes);

    /// <summary>For what other threads bring about soon.</summary>
    public static void Eventually(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
