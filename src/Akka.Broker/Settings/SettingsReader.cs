using System.Globalization;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Broker.Settings;

/// <summary>
/// Reads the keys under <c>akka.broker</c> from HOCON layers and notes every mistake instead of stopping at the first: a value of the wrong type or
/// out of range, and, since it remembers which keys were asked for, a key that nothing reads. The reference <c>broker.conf</c> is the last layer,
/// so defaults stand there alone. Paths are given without <see cref="Root"/>.
/// </summary>
internal sealed class SettingsReader
{
    public const string Root = "akka.broker";

    private readonly Dictionary<string, HoconValue> _leaves = new(StringComparer.Ordinal);
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<StaticConfig> _static = [];

    /// <param name="reference">The shipped defaults.</param>
    /// <param name="layers">What the user gave, the weakest first.</param>
    public SettingsReader(Config reference, IEnumerable<Config> layers)
    {
        FlatConfig.AddTo(_leaves, reference, Root);
        foreach (var layer in layers)
        {
            NoteStrayRoots(layer);
            var given = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
            FlatConfig.AddTo(given, layer, Root);
            foreach (var (path, value) in given)
            {
                _leaves[path] = value;
                _given.Add(path);
            }
        }
    }

    public List<string> Mistakes { get; } = [];

    /// <summary>What was read under a name that Kafka has for a broker's setting, for DescribeConfigs.</summary>
    public IReadOnlyList<StaticConfig> StaticConfigs => _static;

    /// <summary>Whether the user set the key, be it to its default.</summary>
    public bool IsGiven(string key) => _given.Contains(Path(key));

    /// <summary>The keys right below <paramref name="section"/> that any layer has: <c>kafka.listeners</c> → listener names.</summary>
    public IReadOnlyList<string> ChildrenOf(string section, IReadOnlyList<string> leaves)
    {
        var prefix = Path(section) + ".";
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in _leaves.Keys.Where(p => p.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var rest = path[prefix.Length..];
            if (leaves.FirstOrDefault(l => rest.EndsWith("." + l, StringComparison.Ordinal)) is { } leaf)
                names.Add(rest[..^(leaf.Length + 1)]);
        }
        return [.. names];
    }

    public string Text(string key) => Scalar(key) ?? "";

    /// <summary>Null where the key is absent or empty.</summary>
    public string? OptionalText(string key) => _leaves.ContainsKey(Path(key)) && Scalar(key) is { Length: > 0 } text ? text : Known(key, null);

    public IReadOnlyList<string> TextList(string key)
    {
        _known.Add(Path(key));
        if (!_leaves.TryGetValue(Path(key), out var value))
            return [];
        // Text first: Akka.NET takes any value for a list, if need be an empty one.
        if (value.IsString())
            return ConfigDefinition.SplitList(value.GetString());
        if (value.IsArray() && value.GetArray().All(v => v.IsString()))
            return [.. value.GetArray().Select(v => v.GetString())];
        Mistakes.Add($"{Path(key)} is {Render(value)}; allowed: a list of text.");
        return [];
    }

    public bool Bool(string key)
    {
        switch (Scalar(key))
        {
            case "true" or "on" or "yes":
                return true;
            case "false" or "off" or "no":
                return false;
            case { } other:
                Refuse(key, other, "true or false");
                return false;
            default:
                return false;
        }
    }

    public int Int(string key, int min = int.MinValue, int max = int.MaxValue) => (int)Number(key, min, max, "an integer", TryInteger);

    public long Long(string key, long min = long.MinValue, long max = long.MaxValue) => Number(key, min, max, "an integer", TryInteger);

    /// <summary>Milliseconds: a bare number, or a HOCON duration such as 30s.</summary>
    public long Ms(string key, long min = 0, long max = long.MaxValue) => Number(key, min, max, "ms or a duration such as 30s", Quantity.TryMilliseconds);

    /// <summary>Bytes: a bare number, or a HOCON size such as 4MiB.</summary>
    public long Bytes(string key, long min = 0, long max = long.MaxValue) => Number(key, min, max, "bytes or a size such as 4MiB", Quantity.TryBytes);

    /// <summary>A TCP port; 0 lets the system choose.</summary>
    public int Port(string key) => Int(key, 0, 65535);

    /// <summary>A topic setting's default for all topics: under <c>log.</c> and its topic name, or under the name that Kafka has for it on a broker.</summary>
    public string TopicDefault(ConfigDefinition definition)
    {
        var key = "log." + definition.Name;
        _known.Add(Path(key));
        if (definition.BrokerName is { } alias && alias != key && _leaves.ContainsKey(Path(alias)))
        {
            if (IsGiven(key))
                Mistakes.Add($"{Path(key)} and {Path(alias)} are both set; they are one setting: set one of them.");
            key = alias;
        }
        var value = _leaves.TryGetValue(Path(key), out var leaf) && leaf.IsArray() && definition.Type == ConfigType.List
            ? Known(key, string.Join(",", TextList(key)))!
            : Scalar(key) ?? definition.Default;
        value = Normalize(definition, value);
        if (definition.Refuse(value) is not null)
            Refuse(key, value, definition.Allowed);
        return value;
    }

    /// <summary>Lists a value that was read for DescribeConfigs, under Kafka's name for it.</summary>
    public void Publish(string kafkaName, ConfigType type, string? value, bool isGiven) => _static.Add(new StaticConfig(kafkaName, type, value, isGiven));

    /// <summary>Lists a key that has Kafka's own name.</summary>
    public void Publish(string key, ConfigType type, object value) =>
        Publish(key, type, type == ConfigType.Boolean ? (value is true ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture), IsGiven(key));

    public void Refuse(string key, string value, string allowed) => Mistakes.Add($"{Path(key)} is '{value}'; allowed: {allowed}.");

    /// <summary>Throws with every mistake seen, unknown keys included.</summary>
    public void Finish()
    {
        foreach (var path in _given.Where(p => !_known.Contains(p)).Order(StringComparer.Ordinal))
            Mistakes.Add(Unknown(path));
        if (Mistakes.Count > 0)
            throw new InvalidSettingsException(Mistakes);
    }

    /// <summary>A forgotten <c>akka.</c> would otherwise be a setting that nobody misses and nobody reads.</summary>
    private void NoteStrayRoots(Config layer)
    {
        if (layer.IsEmpty)
            return;
        foreach (var root in layer.Root.GetObject().Items.Where(i => i.Key is not ("akka" or "petabridge")))
        {
            var leaves = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
            FlatConfig.AddTo(leaves, layer, $"\"{root.Key}\"");
            Mistakes.Add($"{leaves.Keys.FirstOrDefault(root.Key).Replace("\"", "", StringComparison.Ordinal)} is not a setting of this broker; paths begin with akka. or petabridge.");
        }
    }

    private static string Path(string key) => $"{Root}.{key}";

    private static string Render(HoconValue value) => value.IsString() ? $"'{value.GetString()}'" : value.IsArray() ? "a list" : "not a value";

    private static string Normalize(ConfigDefinition definition, string value) => definition.Type switch
    {
        ConfigType.Boolean => value switch { "on" or "yes" => "true", "off" or "no" => "false", _ => value },
        ConfigType.Int or ConfigType.Long when definition.Name.EndsWith(".ms", StringComparison.Ordinal) && Quantity.TryMilliseconds(value, out var ms) =>
            ms.ToString(CultureInfo.InvariantCulture),
        ConfigType.Int or ConfigType.Long when definition.Name.EndsWith(".bytes", StringComparison.Ordinal) && Quantity.TryBytes(value, out var bytes) =>
            bytes.ToString(CultureInfo.InvariantCulture),
        _ => value,
    };

    private static bool TryInteger(string text, out long value) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private delegate bool Parse(string text, out long value);

    private long Number(string key, long min, long max, string kind, Parse parse)
    {
        if (Scalar(key) is not { } text)
            return min;
        if (parse(text, out var value) && value >= min && value <= max)
            return value;
        Refuse(key, text, (min, max) switch
        {
            (long.MinValue or int.MinValue, _) => kind,
            (_, long.MaxValue or int.MaxValue) => $"{kind}, at least {min}",
            _ => $"{kind}, from {min} to {max}",
        });
        return min;
    }

    private string? Scalar(string key)
    {
        _known.Add(Path(key));
        if (!_leaves.TryGetValue(Path(key), out var value))
            return null;
        if (value.IsString())
            return value.GetString();
        Mistakes.Add($"{Path(key)} is {Render(value)}; allowed: a single value.");
        return null;
    }

    private string? Known(string key, string? value)
    {
        _known.Add(Path(key));
        return value;
    }

    private string Unknown(string path)
    {
        var nearest = EditDistance.Nearest(path, _known);
        var dot = path.LastIndexOf('.');
        var siblings = _known.Where(k => k.StartsWith(path[..(dot + 1)], StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(12).ToList();
        var hint = nearest.Distance <= 3 ? $"did you mean {nearest.Key}?"
            : siblings.Count > 0 && siblings[0].Length > Root.Length && dot > Root.Length ? $"allowed here: {string.Join(", ", siblings)}."
            : "hocon/broker.conf lists the allowed ones.";
        return $"{path} is not a setting of this broker; {hint}";
    }
}
