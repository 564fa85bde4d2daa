using Akka.Configuration;

namespace Akka.Broker.Settings;

/// <summary><c>petabridge.cmd</c>: where pbm connects. The host of its palettes reads the same keys from the actor system's configuration.</summary>
public sealed record CmdSettings(string Host, int Port)
{
    private const string Root = "petabridge.cmd";

    /// <summary>Whether only programs on this machine can reach it.</summary>
    public bool IsLoopback => new ListenerSettings(Root, Host, Port, Host, Port).IsLoopback;

    /// <param name="hocon">Whole, the reference included.</param>
    /// <param name="mistakes">Where what cannot be used is noted.</param>
    internal static CmdSettings From(Config hocon, List<string> mistakes)
    {
        var host = TextOf(hocon, "host");
        if (string.IsNullOrEmpty(host))
            mistakes.Add($"{Root}.host is '{host}'; allowed: a host name or an address.");
        var port = TextOf(hocon, "port");
        if (int.TryParse(port, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number <= 65535)
            return new CmdSettings(host ?? "", number);
        // A word is refused with the other keys of Akka's kind.
        if (port is null || port.Any(char.IsAsciiDigit))
            mistakes.Add($"{Root}.port is '{port}'; allowed: an integer from 0 to 65535.");
        return new CmdSettings(host ?? "", 0);
    }

    private static string? TextOf(Config hocon, string key) => hocon.GetValue($"{Root}.{key}") is { } value && value.IsString() ? value.GetString() : null;
}
