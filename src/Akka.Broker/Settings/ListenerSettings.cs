using System.Net;
using System.Net.Sockets;

namespace Akka.Broker.Settings;

/// <summary>One address on which the broker speaks Kafka's protocol.</summary>
/// <param name="Name">Metadata answers with the addresses of the listener of the same name on every broker.</param>
/// <param name="Host">What is bound: a name or an address.</param>
/// <param name="Port">What is bound; 0 lets the system choose.</param>
/// <param name="AdvertisedHost">What clients are told to connect to.</param>
/// <param name="AdvertisedPort">The same; 0: the port that is really bound.</param>
public sealed record ListenerSettings(string Name, string Host, int Port, string AdvertisedHost, int AdvertisedPort)
{
    /// <summary>Whether only programs on this machine can reach it.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether it is bound on every address of the machine, which is no address that a client could be told.</summary>
    public bool IsAnyAddress => IsAny(Host);

    /// <summary>The address to bind.</summary>
    /// <exception cref="InvalidSettingsException">The host has no address.</exception>
    public IPEndPoint Resolve()
    {
        if (IPAddress.TryParse(Host, out var address))
            return new IPEndPoint(address, Port);
        try
        {
            var addresses = Dns.GetHostAddresses(Host);
            var chosen = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
            return new IPEndPoint(chosen, Port);
        }
        catch (SocketException unknown)
        {
            throw new InvalidSettingsException([$"Listener {Name} of akka.broker.kafka has host '{Host}', which has no address here: {unknown.Message}."]);
        }
    }

    internal static bool IsAny(string host) =>
        host is "*" || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    internal static ListenerSettings From(SettingsReader reader, string name, string section)
    {
        var host = reader.Text($"{section}.host");
        if (host.Length == 0)
            reader.Refuse($"{section}.host", host, "a host name or an address");
        var advertised = reader.OptionalText($"{section}.advertised-host");
        if (advertised is not null && IsAny(advertised))
            reader.Refuse($"{section}.advertised-host", advertised, "a name or address that clients can connect to");
        return new ListenerSettings(
            name,
            host == "*" ? "0.0.0.0" : host,
            reader.Port($"{section}.port"),
            advertised ?? (IsAny(host) ? Environment.MachineName : host),
            reader.Port($"{section}.advertised-port"));
    }
}
