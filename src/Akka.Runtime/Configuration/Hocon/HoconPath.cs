using System.Collections.Concurrent;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Dotted paths with quoted segments. Split paths are remembered: the same few keys are asked for again and again.</summary>
internal static class HoconPath
{
    private const int RememberedMax = 4096;
    private static readonly ConcurrentDictionary<string, string[]> Remembered = new(StringComparer.Ordinal);

    public static string[] Split(string path)
    {
        if (Remembered.TryGetValue(path, out var segments))
        {
            return segments;
        }

        segments = Parse(path);
        if (Remembered.Count < RememberedMax)
        {
            Remembered[path] = segments;
        }

        return segments;
    }

    public static string Join(string prefix, string segment)
    {
        var text = segment.AsSpan().IndexOfAny(" .\"") >= 0 || segment.Length == 0 ? $"\"{segment}\"" : segment;
        return prefix.Length == 0 ? text : prefix + "." + text;
    }

    private static string[] Parse(string path)
    {
        if (!path.Contains('"'))
        {
            return path.Split('.', StringSplitOptions.TrimEntries);
        }

        var segments = new List<string>();
        var current = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '.' && !quoted)
            {
                segments.Add(current.ToString());
                current.Clear();
            }
            else
            {
                current.Append(c);
            }
        }

        segments.Add(current.ToString());
        return segments.ToArray();
    }
}
