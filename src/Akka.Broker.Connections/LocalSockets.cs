using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.Broker.Connections;

/// <summary>
/// Settings of sockets whose other end is on this machine. Where the system's default is BBR, senders space their packets out by timers: a guard of networks
/// that costs a replicated record a quarter of its processor time where there is no network. Such connections go by another of the system's algorithms;
/// those to other machines are left as the operator has set them. Thread-safe.
/// </summary>
public static class LocalSockets
{
    // Linux, netinet/tcp.h.
    private const int Tcp = 6;
    private const int TcpCongestion = 13;
    private const int NameBytesMax = 16;

    /// <summary>Ends the pacing of a connected socket whose other end is on this machine. What the system does not allow stays as it is.</summary>
    public static void EndPacing(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            if (!IsLocal(socket) || !CongestionControlOf(socket).StartsWith("bbr", StringComparison.Ordinal))
                return;
            // Who has no rights may choose among net.ipv4.tcp_allowed_congestion_control; Reno is in every kernel and, as a rule, there.
            socket.SetRawSocketOption(Tcp, TcpCongestion, "reno"u8);
        }
        catch (SocketException)
        {
            // One that is gone is met by its first use; another is slower than it might be.
        }
    }

    /// <summary>The name of the algorithm, as in net.ipv4.tcp_available_congestion_control. Linux.</summary>
    public static string CongestionControlOf(Socket socket)
    {
        Span<byte> name = stackalloc byte[NameBytesMax];
        var length = socket.GetRawSocketOption(Tcp, TcpCongestion, name);
        return Encoding.ASCII.GetString(name[..length]).TrimEnd('\0');
    }

    private static bool IsLocal(Socket socket)
    {
        var remote = Address(socket.RemoteEndPoint);
        return remote is not null && (IPAddress.IsLoopback(remote) || remote.Equals(Address(socket.LocalEndPoint)));
    }

    private static IPAddress? Address(EndPoint? end)
    {
        var address = (end as IPEndPoint)?.Address;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }
}
