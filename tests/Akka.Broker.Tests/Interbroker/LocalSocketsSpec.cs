using System.Net;
using System.Net.Sockets;
using Akka.Broker.Connections;

namespace Akka.Broker.Tests.Interbroker;

/// <summary>Connections within the machine are not paced.</summary>
public sealed class LocalSocketsSpec
{
    private const int Tcp = 6;
    private const int TcpCongestion = 13;

    [Fact]
    public async Task A_connection_within_the_machine_leaves_BBR_and_no_other_algorithm()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var server = await listener.AcceptAsync();

        foreach (var socket in (Socket[])[client, server])
        {
            var before = LocalSockets.CongestionControlOf(socket);
            LocalSockets.EndPacing(socket);
            Assert.Equal(before.StartsWith("bbr") ? "reno" : before, LocalSockets.CongestionControlOf(socket));

            socket.SetRawSocketOption(Tcp, TcpCongestion, "reno"u8);
            LocalSockets.EndPacing(socket);
            Assert.Equal("reno", LocalSockets.CongestionControlOf(socket));
        }
    }

    [Fact]
    public void A_socket_that_is_gone_is_met_by_its_first_use()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        LocalSockets.EndPacing(socket);
    }
}
