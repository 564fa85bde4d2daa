namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.http</c>: where health and metrics are served.</summary>
public sealed record HttpSettings(string Host, int Port)
{
    internal static HttpSettings From(SettingsReader reader) => new(reader.Text("http.host"), reader.Port("http.port"));
}
