using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Akka.Broker.Clients.Tests.Support;

/// <summary>
/// Ports for programs that are told one before they listen on it, or that come back to it after a restart.
/// <para>
/// A port that the system gives to whoever asks for any is no such port: until the program listens, an outgoing connection of any process may have got it, even one that
/// tries that very port. These lie outside of the range that the system gives away, none is handed out twice by a process, and a file, locked for as long as the process
/// lives, keeps other test processes of the same user off it. The files stay, empty: whoever deleted one could delete it under the next holder's hands.
/// </para>
/// Any thread.
/// </summary>
public static class FreePorts
{
    private const int First = 12_000;
    private static readonly Lock Gate = new();
    private static readonly List<FileStream> Held = [];
    private static readonly IEnumerator<int> Candidates = OutsideOfTheSystemsRange().GetEnumerator();

    public static int Tcp()
    {
        lock (Gate)
        {
            while (Candidates.MoveNext())
            {
                if (TryHold(Candidates.Current))
                    return Candidates.Current;
            }
        }
        throw new InvalidOperationException("There is no free port outside of net.ipv4.ip_local_port_range.");
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
            catch (SocketException) when (attempt < 1200)
            {
                await Task.Delay(50);
            }
        }
    }

    private static bool TryHold(int port)
    {
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"akka-broker-ports-{Environment.UserName}"));
            var held = new FileStream(Path.Combine(folder.FullName, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (IsFree(port))
            {
                Held.Add(held);
                return true;
            }
            held.Dispose();
        }
        catch (IOException)
        {
            // Another process has it.
        }
        return false;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Any, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static IEnumerable<int> OutsideOfTheSystemsRange()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', StringSplitOptions.TrimEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(First, IPEndPoint.MaxPort + 1 - First).Where(port => port < range[0] || port > range[1]);
    }
}
