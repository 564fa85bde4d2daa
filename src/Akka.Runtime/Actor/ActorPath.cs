using System.Text;

namespace Akka.Actor;

/// <summary>
/// The name of an actor: an address and the names from the root down. The uid tells apart two actors that had the same path one after
/// the other; it does not take part in equality.
/// </summary>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private IReadOnlyList<string>? _elements;

    /// <summary>A root: <paramref name="address"/> and nothing below it but <paramref name="name"/>.</summary>
    protected ActorPath(Address address, string name)
    {
        Address = address;
        Name = name;
        Parent = this;
        Depth = 0;
    }

    protected ActorPath(ActorPath parentPath, string name, long uid)
    {
        Address = parentPath.Address;
        Parent = parentPath;
        Name = name;
        Uid = uid;
        Depth = parentPath.Depth + 1;
    }

    public Address Address { get; }

    public string Name { get; }

    public long Uid { get; }

    public int Depth { get; }

    /// <summary>The path above; a root is its own parent.</summary>
    public ActorPath Parent { get; }

    public ActorPath Root => ParentOf(0);

    /// <summary>The names from below the root down to this one.</summary>
    public IReadOnlyList<string> Elements => _elements ??= MakeElements();

    public static bool operator ==(ActorPath? left, ActorPath? right) => Equals(left, right);

    public static bool operator !=(ActorPath? left, ActorPath? right) => !Equals(left, right);

    public static ActorPath operator /(ActorPath path, string name) => path.Child(name);

    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) =>
        name.Where(element => element.Length > 0).Aggregate(path, (at, element) => at / element);

    public static bool IsValidPathElement(string s) => !string.IsNullOrEmpty(s) && s[0] != '$' && s.AsSpan().IndexOfAnyExcept(ActorPathChars.Valid) < 0;

    public static ActorPath Parse(string path) => TryParse(path, out var parsed)
        ? parsed
        : throw new UriFormatException($"[{path}] is not an actor path; expected protocol://system[@host:port]/name/...");

    public static bool TryParse(string path, out ActorPath actorPath)
    {
        actorPath = null!;
        return Address.TryParse(path, out var address, out var rest) && TryParse(new RootActorPath(address), rest, out actorPath);
    }

    public static bool TryParseAddress(string path, out Address address) => Address.TryParse(path, out address);

    /// <summary>Reads <c>/a/b#uid</c> as a path below <paramref name="basePath"/>.</summary>
    public static bool TryParse(ActorPath basePath, string absoluteUri, out ActorPath actorPath)
    {
        actorPath = basePath;
        long uid = 0;
        var hash = absoluteUri.LastIndexOf('#');
        if (hash >= 0)
        {
            if (!long.TryParse(absoluteUri.AsSpan(hash + 1), out uid))
                return false;
            absoluteUri = absoluteUri[..hash];
        }
        var names = absoluteUri.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            actorPath = new ChildActorPath(actorPath, name, 0);
        }
        if (uid != 0)
            actorPath = actorPath.WithUid(uid);
        return true;
    }

    public static string FormatPathElements(IEnumerable<string> pathElements) => "/" + string.Join("/", pathElements);

    public ActorPath Child(string childName) => new ChildActorPath(this, childName, 0);

    public ActorPath WithUid(long uid) => uid == Uid || Depth == 0 ? this : new ChildActorPath(Parent, Name, uid);

    /// <summary>The ancestor with <paramref name="depth"/> names below the root; counted up from here when negative.</summary>
    public ActorPath ParentOf(int depth)
    {
        var wanted = depth >= 0 ? Math.Min(depth, Depth) : Math.Max(0, Depth + depth);
        var path = this;
        while (path.Depth > wanted)
            path = path.Parent;
        return path;
    }

    public bool Equals(ActorPath? other)
    {
        if (other is null || Depth != other.Depth)
            return false;
        var (mine, theirs) = (this, other);
        while (!ReferenceEquals(mine, theirs))
        {
            if (mine.Name != theirs.Name)
                return false;
            if (mine.Depth == 0)
                return mine.Address.Equals(theirs.Address);
            (mine, theirs) = (mine.Parent, theirs.Parent);
        }
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (var path = this; ; path = path.Parent)
        {
            hash.Add(path.Name);
            if (path.Depth == 0)
                break;
        }
        hash.Add(Address);
        return hash.ToHashCode();
    }

    public int CompareTo(ActorPath? other)
    {
        if (other is null)
            return 1;
        var order = Address.CompareTo(other.Address);
        for (var i = 0; order == 0 && i < Math.Min(Depth, other.Depth); i++)
            order = string.CompareOrdinal(Elements[i], other.Elements[i]);
        return order != 0 ? order : Depth.CompareTo(other.Depth);
    }

    public string ToStringWithoutAddress() => FormatPathElements(Elements);

    public string ToStringWithAddress() => ToStringWithAddress(Address);

    /// <summary>The whole path; <paramref name="address"/> stands in where the path's own address has no host.</summary>
    public string ToStringWithAddress(Address address)
    {
        var text = new StringBuilder((Address.HasLocalScope ? address : Address).ToString());
        if (Depth == 0)
            return text.Append('/').ToString();
        foreach (var element in Elements)
            text.Append('/').Append(element);
        return text.ToString();
    }

    public string ToStringWithUid() => WithUidFragment(ToStringWithAddress());

    public string ToSerializationFormat() => ToStringWithUid();

    public string ToSerializationFormatWithAddress(Address address) => WithUidFragment(ToStringWithAddress(address));

    public override string ToString() => ToStringWithAddress();

    private string WithUidFragment(string text) => Uid == 0 ? text : $"{text}#{Uid}";

    private string[] MakeElements()
    {
        var names = new string[Depth];
        for (var (path, i) = (this, Depth - 1); i >= 0; path = path.Parent, i--)
            names[i] = path.Name;
        return names;
    }
}
