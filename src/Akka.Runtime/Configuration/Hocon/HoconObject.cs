namespace Akka.Configuration.Hocon;

/// <summary>An object: keys in the order in which the text first names them. Not changed after parsing.</summary>
public class HoconObject : IHoconElement
{
    public Dictionary<string, HoconValue> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>The object as plain dictionaries, lists and strings.</summary>
    public IDictionary<string, object> Unwrapped => Items.ToDictionary(item => item.Key, item => item.Value.Unwrap()!);

    public HoconValue GetKey(string key) => Items.TryGetValue(key, out var value) ? value : null!;

    public bool IsString() => false;

    public string GetString() => throw new NotSupportedException("an object is not a string");

    public bool IsArray() => false;

    public IList<HoconValue> GetArray() => throw new NotSupportedException("an object is not an array");

    public override string ToString() => ToString(0);

    public string ToString(int indent) => HoconRenderer.Entries(this, indent);
}
