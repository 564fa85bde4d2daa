using System.Globalization;

namespace Pbm;

/// <summary>Where the host of the palettes is.</summary>
internal readonly record struct HostAddress(string Host, int Port)
{
    /// <summary>Where a broker on this machine is by default.</summary>
    public static readonly HostAddress Local = new("127.0.0.1", 9110);

    /// <summary>HOST:PORT, an IPv6 address in brackets. A word that is none is the first of a command.</summary>
    public static bool TryParse(string word, out HostAddress address)
    {
        address = default;
        var colon = word.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(word.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            return false;
        address = new HostAddress(word[..colon].Trim('[', ']'), port);
        return true;
    }

    public override string ToString() => $"{Host}:{Port}";
}
