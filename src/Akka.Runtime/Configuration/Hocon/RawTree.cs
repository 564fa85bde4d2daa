namespace Akka.Configuration.Hocon;

/// <summary>
/// What a text says before substitutions are resolved. A key can be defined several times; a later definition covers the
/// earlier ones, or merges with them where both are objects, or refers to them (<c>${self}</c>, <c>+=</c>).
/// </summary>
internal abstract class RawValue(int line)
{
    public int Line { get; } = line;
}

internal sealed class RawText(string text, bool quoted, int line) : RawValue(line)
{
    public string Text { get; } = text;

    public bool Quoted { get; } = quoted;

    public bool IsBlank => !Quoted && string.IsNullOrWhiteSpace(Text);
}

internal sealed class RawArray(List<RawValue> items, int line) : RawValue(line)
{
    public List<RawValue> Items { get; } = items;
}

/// <summary><c>${path}</c> or <c>${?path}</c>; <paramref name="prefix"/> is where the including text put this one.</summary>
internal sealed class RawSubstitution(string[] path, string[] prefix, bool optional, int line) : RawValue(line)
{
    public string[] Path { get; } = path;

    public string[] Prefix { get; } = prefix;

    public bool Optional { get; } = optional;

    public override string ToString() => $"${{{(Optional ? "?" : "")}{string.Join('.', Path)}}}";
}

internal sealed class RawConcat(List<RawValue> parts, int line) : RawValue(line)
{
    public List<RawValue> Parts { get; } = parts;
}

/// <summary><c>key += item</c>: the earlier definitions of the key, an array or nothing, and one item more.</summary>
internal sealed class RawAppend(RawValue item, int line) : RawValue(line)
{
    public RawValue Item { get; } = item;
}

/// <summary>A value that an include callback answered.</summary>
internal sealed class RawResolved(HoconValue value, int line) : RawValue(line)
{
    public HoconValue Value { get; } = value;
}

internal sealed class RawObject(string path, int line) : RawValue(line)
{
    public string Path { get; } = path;

    public Dictionary<string, RawField> Fields { get; } = new(StringComparer.Ordinal);

    public RawField Field(string key)
    {
        if (!Fields.TryGetValue(key, out var field))
        {
            field = new RawField(HoconPath.Join(Path, key));
            Fields.Add(key, field);
        }

        return field;
    }
}

internal sealed class RawField(string path)
{
    public string Path { get; } = path;

    public List<(RawValue Value, string? File)> Definitions { get; } = [];

    /// <summary>The object that nested keys go to: the newest definition if it is one, else a new one on top.</summary>
    public RawObject Nested(int line, string? file)
    {
        if (Definitions.Count > 0 && Definitions[^1].Value is RawObject existing)
        {
            return existing;
        }

        var added = new RawObject(Path, line);
        Definitions.Add((added, file));
        return added;
    }
}
