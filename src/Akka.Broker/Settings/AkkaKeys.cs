using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Broker.Settings;

/// <summary>
/// Checks the user's keys outside of <c>akka.broker</c>. Akka.NET ignores what it does not know and finds what is ill-typed only once it runs; here a key
/// that cannot be meant, or a word where a number, duration or switch belongs, is refused before anything starts. What Akka.NET knows and
/// this program's reference does not name goes through.
/// </summary>
internal static class AkkaKeys
{
    private const int TypoDistanceMax = 2;
    private static readonly string[] Roots = ["akka", "petabridge"];

    // The sections and keys right below akka.
    private static readonly HashSet<string> Sections = new(StringComparer.Ordinal)
    {
        "actor", "channel-scheduler", "cluster", "coordinated-shutdown", "coordination", "daemonic", "extensions", "home", "io", "log-config-on-start",
        "log-dead-letters", "log-dead-letters-during-shutdown", "log-dead-letters-suspend-duration", "log-serializer-override-on-start",
        "logger-async-start", "logger-formatter", "logger-startup-timeout", "loggers", "loggers-dispatcher", "loglevel", "persistence",
        "reliable-delivery", "remote", "scheduler", "stdout-logger-class", "stdout-loglevel", "suppress-json-serializer-warning", "test", "version",
    };

    /// <summary>One line a mistake.</summary>
    public static IEnumerable<string> Mistakes(Config reference, IEnumerable<Config> layers)
    {
        var given = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            foreach (var root in Roots)
                FlatConfig.AddTo(given, layer, root);
        }
        var ours = SettingsReader.Root + ".";
        foreach (var path in given.Keys.Where(p => p == SettingsReader.Root || p.StartsWith(ours, StringComparison.Ordinal)).ToList())
            given.Remove(path);
        return given.Count == 0 ? [] : Mistakes(Known(reference), given);
    }

    private static Dictionary<string, HoconValue> Known(Config reference)
    {
        var known = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
        FlatConfig.AddTo(known, ConfigurationFactory.Default(), "akka");
        foreach (var root in Roots)
            FlatConfig.AddTo(known, reference, root);
        return known;
    }

    private static IEnumerable<string> Mistakes(Dictionary<string, HoconValue> known, Dictionary<string, HoconValue> given)
    {
        foreach (var (path, value) in given.OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var parts = path.Split('.');
            if (known.TryGetValue(path, out var expected))
            {
                if (Refuse(expected, value) is { } allowed)
                    yield return $"{path} is {(value.IsString() ? $"'{value.GetString()}'" : "a list")}; allowed: {allowed}.";
            }
            else if (parts[0] == "akka" && (parts.Length == 1 || !Sections.Contains(parts[1])))
            {
                yield return $"{path} is not a setting of this broker; paths begin with akka.broker., a section of Akka.NET or petabridge.cmd.";
            }
            else if (EditDistance.Nearest(path, known.Keys) is { Distance: <= TypoDistanceMax } nearest)
            {
                yield return $"{path} is not a setting of this broker; did you mean {nearest.Key}?";
            }
        }
    }

    private static string? Refuse(HoconValue expected, HoconValue value)
    {
        if (!expected.IsString())
            return value.IsString() ? "a list" : null;
        if (!value.IsString())
            return "a single value";
        return IsQuantityOrSwitch(expected.GetString()) && !IsQuantityOrSwitch(value.GetString()) ? "a number, a duration or size with its unit, on or off" : null;
    }

    private static bool IsQuantityOrSwitch(string text) =>
        text is "on" or "off" or "true" or "false" or "yes" or "no" or "infinite"
        || Quantity.TryMilliseconds(text, out _)
        || Quantity.TryBytes(text, out _)
        || double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);
}
