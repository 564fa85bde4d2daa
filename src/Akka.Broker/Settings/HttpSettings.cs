using System.Globalization;

namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.http</c>: where health and metrics are served.</summary>
/// <param name="Host">What is bound.</param>
/// <param name="Port">0: the system chooses; null: nothing is served.</param>
public sealed record HttpSettings(string Host, int? Port)
{
    private const int PortMax = 65535;

    internal static HttpSettings From(SettingsReader reader) => new(reader.Text("http.host"), ReadPort(reader));

    private static int? ReadPort(SettingsReader reader)
    {
        var text = reader.Text("http.port");
        if (text is "off" or "false" or "no")
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= PortMax)
            return port;
        reader.Refuse("http.port", text, $"an integer, from 0 to {PortMax}, or off");
        return null;
    }
}
