using System.Globalization;
using System.Text;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Broker.Settings;

/// <summary>
/// Puts the layers of a broker's configuration together: the shipped <c>broker.conf</c>, then the user's file, then single overrides
/// (<c>PATH=VALUE</c>), each over the one before.
/// </summary>
public static class BrokerConfiguration
{
    private const string ReferenceResource = "broker.conf";

    /// <summary>The shipped defaults, which name every key.</summary>
    public static Config Reference() => ConfigurationFactory.ParseString(ReferenceText());

    /// <summary>The text of the shipped <c>broker.conf</c>.</summary>
    public static string ReferenceText()
    {
        using var stream = typeof(BrokerConfiguration).Assembly.GetManifestResourceStream(ReferenceResource)
            ?? throw new InvalidOperationException($"The resource {ReferenceResource} is missing from the build.");
        using var text = new StreamReader(stream, Encoding.UTF8);
        return text.ReadToEnd();
    }

    /// <summary>Reads and checks the whole configuration. Touches no disk but <paramref name="file"/> and what it includes.</summary>
    /// <param name="file">The user's file, null for none.</param>
    /// <param name="overrides">Single settings, the last of a path wins.</param>
    /// <exception cref="InvalidSettingsException">With every mistake.</exception>
    public static BrokerSettings Load(string? file, IReadOnlyList<string> overrides)
    {
        var layers = ReadLayers(file, overrides);
        if (layers.Mistakes.Count > 0)
            throw new InvalidSettingsException(layers.Mistakes);
        return BrokerSettings.From(Reference(), [.. layers.Read.Select(l => l.Config)]);
    }

    /// <summary>What the user gave, the weakest first, each with where it comes from; and what of it could not be read.</summary>
    internal static (IReadOnlyList<(string Source, Config Config)> Read, IReadOnlyList<string> Mistakes) ReadLayers(string? file, IReadOnlyList<string> overrides)
    {
        var below = Reference();
        List<(string Source, Config Config)> read = [];
        List<string> mistakes = [];
        if (file is not null)
            TryRead(file, () => ParseFile(file));
        foreach (var setting in overrides)
            TryRead("--set", () => ParseOverride(setting, below));
        return (read, mistakes);

        void TryRead(string source, Func<Config> parse)
        {
            try
            {
                var layer = parse();
                read.Add((source, layer));
                below = layer.WithFallback(below);
            }
            catch (InvalidSettingsException refused)
            {
                mistakes.AddRange(refused.Mistakes);
            }
        }
    }

    private static Config ParseFile(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return Parse(file, Read(file), name => Include(Path.Combine(folder, name)));
    }

    private static HoconRoot Include(string file)
    {
        var parsed = ParseFile(file);
        return new HoconRoot(parsed.Root);
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingsException([$"The configuration file {file} cannot be read: {e.Message}"]);
        }
    }

    private static Config Parse(string origin, string text, Func<string, HoconRoot>? include)
    {
        try
        {
            return include is null ? ConfigurationFactory.ParseString(text) : ConfigurationFactory.ParseString(text, include);
        }
        catch (Exception e) when (e is not InvalidSettingsException and not OutOfMemoryException)
        {
            throw new InvalidSettingsException([$"{origin} is not HOCON: {e.Message.ReplaceLineEndings(" ")}"]);
        }
    }

    /// <summary><c>a.b.c=value</c>; <c>a.list.2=value</c> replaces or appends one element of the list that the layers below have.</summary>
    private static Config ParseOverride(string setting, Config below)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new InvalidSettingsException([$"--set is '{setting}'; allowed: PATH=VALUE, for instance --set akka.broker.kafka.port=9093."]);
        var segments = SplitPath(setting[..equals].Trim());
        if (segments.Count == 0)
            throw new InvalidSettingsException([$"--set is '{setting}'; its path has an empty part. Allowed: names with a dot between them."]);
        var value = Literal(setting[(equals + 1)..].Trim());
        if (segments.Count > 1 && int.TryParse(segments[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && ListAt(below, segments.GetRange(0, segments.Count - 1)) is { } list)
        {
            if (index > list.Count)
                throw new InvalidSettingsException([$"--set is '{setting}', but the list has {list.Count} elements; allowed: an index from 0 to {list.Count}."]);
            if (index == list.Count)
                list.Add(value);
            else
                list[index] = value;
            segments.RemoveAt(segments.Count - 1);
            value = $"[{string.Join(", ", list)}]";
        }
        return Parse($"--set {setting}", $"{string.Join(".", segments.Select(Quote))} = {value}", null);
    }

    private static List<string>? ListAt(Config config, List<string> segments)
    {
        var path = string.Join(".", segments.Select(Quote));
        if (!config.HasPath(path) || config.GetValue(path) is not { } value || value.IsString() || value.IsObject() || !value.IsArray())
            return null;
        return [.. value.GetArray().Select(v => Quote(v.GetString()))];
    }

    private static List<string> SplitPath(string path)
    {
        var segments = new List<string>();
        var part = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '.' && !quoted)
            {
                segments.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(c);
            }
        }
        segments.Add(part.ToString());
        return segments.Any(s => s.Length == 0) ? [] : segments;
    }

    /// <summary>Lists, objects, quoted text and substitutions are HOCON already; all else is taken as it stands.</summary>
    private static string Literal(string value) => (value.Length > 0 && value[0] is '[' or '{' or '"') || value.StartsWith("${", StringComparison.Ordinal) ? value : Quote(value);

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
