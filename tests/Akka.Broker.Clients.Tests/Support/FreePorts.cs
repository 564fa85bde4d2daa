using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.Broker.Clients.Tests.Support;

/// <summary>For programs that cannot choose a port and tell it.</summary>
public static class FreePorts
{
    public static int Tcp()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Sends the text over TCP as soon as somebody listens.</summary>
    public static async Task SendWhenListeningAsync(int port, string text)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));
                return;
            }
            catch (SocketException) when (attempt < 200)
            {
                await Task.Delay(50);
            }
        }
    }
}
