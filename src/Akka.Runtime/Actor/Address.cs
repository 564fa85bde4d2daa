namespace Akka.Actor;

/// <summary>
/// Where an actor system is: <c>protocol://system@host:port</c>, or <c>protocol://system</c> for one that is meant within its own process.
/// </summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>, IComparable
{
    public static readonly Address AllSystems = new("akka", "all-systems");

    public static readonly IComparer<Address> Comparer = Comparer<Address>.Default;

    private string? _text;

    public Address(string protocol, string system, string? host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        Host = host?.ToLowerInvariant();
        Port = port;
    }

    public string Protocol { get; }

    public string System { get; }

    public string? Host { get; }

    public int? Port { get; }

    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    public bool HasGlobalScope => !HasLocalScope;

    public static bool operator ==(Address? left, Address? right) => Equals(left, right);

    public static bool operator !=(Address? left, Address? right) => !Equals(left, right);

    public static Address Parse(string address) =>
        TryParse(address, out var parsed)
            ? parsed
            : throw new UriFormatException($"[{address}] is not an address; expected protocol://system or protocol://system@host:port");

    public static bool TryParse(string path, out Address address) => TryParse(path, out address, out _);

    /// <summary>Reads the address at the start of a path; <paramref name="absolutUri"/> is what follows it, from its slash on.</summary>
    public static bool TryParse(string path, out Address address, out string absolutUri)
    {
        address = null!;
        absolutUri = null!;
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
            return false;
        var rest = path[(scheme + 3)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var at = authority.IndexOf('@');
        if (authority.Length == 0 || at == 0)
            return false;
        if (at < 0)
        {
            address = new Address(path[..scheme], authority);
        }
        else
        {
            var colon = authority.LastIndexOf(':');
            if (colon <= at + 1 || authority[colon - 1] == ':' || !int.TryParse(authority[(colon + 1)..], out var port) || port is < 0 or > 65535)
                return false;
            address = new Address(path[..scheme], authority[..at], authority[(at + 1)..colon], port);
        }
        absolutUri = slash < 0 ? "/" : rest[slash..];
        return true;
    }

    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    /// <summary>The address without its protocol.</summary>
    public string HostPort() => ToString()[(Protocol.Length + 3)..];

    public bool Equals(Address? other) =>
        ReferenceEquals(this, other) ||
        (other is not null && Port == other.Port && Host == other.Host && System == other.System && Protocol == other.Protocol);

    public override bool Equals(object? obj) => Equals(obj as Address);

    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    public int CompareTo(Address? other)
    {
        if (other is null)
            return 1;
        var order = string.CompareOrdinal(Protocol, other.Protocol);
        if (order == 0)
            order = string.CompareOrdinal(System, other.System);
        if (order == 0)
            order = string.CompareOrdinal(Host ?? "", other.Host ?? "");
        return order != 0 ? order : Nullable.Compare(Port, other.Port);
    }

    int IComparable.CompareTo(object? obj) => obj is Address other
        ? CompareTo(other)
        : throw new ArgumentException($"an Address is compared with an Address only, not with a {obj?.GetType().Name ?? "null"}");

    public override string ToString() => _text ??= Host is null && Port is null
        ? $"{Protocol}://{System}"
        : $"{Protocol}://{System}@{Host}:{Port}";
}
