using System.Net;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>One address to listen on.</summary>
/// <param name="Name">As in <c>akka.broker.kafka.listeners</c>.</param>
/// <param name="Endpoint">Port 0: any free one; <see cref="Listener.Endpoint"/> tells which.</param>
/// <param name="IsInterBroker">Other brokers come in here: what handlers keep for them is served (<c>akka.broker.kafka.inter-broker-listener</c>).</param>
/// <param name="Backlog">Connections that wait to be accepted (<c>socket.listen.backlog.size</c>).</param>
public sealed record ListenerOptions(string Name, IPEndPoint Endpoint, bool IsInterBroker = false, int Backlog = 512);
