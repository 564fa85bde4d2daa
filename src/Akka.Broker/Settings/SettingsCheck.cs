using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Broker.Settings;

/// <summary>A setting as it takes effect.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Value">As HOCON text.</param>
/// <param name="Source">Who said so: <c>default</c>, the file, or the <c>--set</c>.</param>
public sealed record EffectiveSetting(string Path, string Value, string Source);

/// <summary>A configuration, looked at without starting anything.</summary>
/// <param name="Settings">By path: all of the broker's own, and of Akka's those that this broker sets or was given.</param>
/// <param name="Mistakes">One sentence each; empty if a broker starts with it.</param>
/// <param name="Warnings">What is allowed yet worth a thought.</param>
public sealed record SettingsCheck(IReadOnlyList<EffectiveSetting> Settings, IReadOnlyList<string> Mistakes, IReadOnlyList<string> Warnings)
{
    private const string Default = "default";
    private static readonly string[] Roots = ["akka", "petabridge"];

    /// <summary>Reads the layers as a start would, and goes on behind a mistake.</summary>
    public static SettingsCheck Of(string? file, IReadOnlyList<string> overrides)
    {
        var layers = BrokerConfiguration.ReadLayers(file, overrides);
        var leaves = new SortedDictionary<string, EffectiveSetting>(StringComparer.Ordinal);
        Add(leaves, BrokerConfiguration.Reference(), Default);
        foreach (var (source, config) in layers.Read)
            Add(leaves, config, source);
        try
        {
            var settings = BrokerSettings.From(BrokerConfiguration.Reference(), [.. layers.Read.Select(l => l.Config)]);
            return new SettingsCheck([.. leaves.Values], layers.Mistakes, settings.Warnings);
        }
        catch (InvalidSettingsException refused)
        {
            return new SettingsCheck([.. leaves.Values], [.. layers.Mistakes, .. refused.Mistakes], []);
        }
    }

    private static void Add(SortedDictionary<string, EffectiveSetting> leaves, Config layer, string source)
    {
        foreach (var root in Roots)
        {
            var found = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
            FlatConfig.AddTo(found, layer, root);
            foreach (var (path, value) in found)
                leaves[path] = new EffectiveSetting(path, Render(value), source);
        }
    }

    private static string Render(HoconValue value)
    {
        if (value.IsString())
            return Quote(value.GetString());
        return value.IsArray() ? $"[{string.Join(", ", value.GetArray().Select(Render))}]" : "{}";
    }

    private static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/' or '@' or '%') ? text : $"\"{text}\"";
}
