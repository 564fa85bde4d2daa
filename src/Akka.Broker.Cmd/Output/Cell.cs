using System.Globalization;
using System.Text.Json;

namespace Akka.Broker.Cmd.Output;

/// <summary>A count of bytes: for people with its unit, for programs as the number.</summary>
internal readonly record struct ByteCount(long Value)
{
    public override string ToString()
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var (value, unit) = ((double)Value, 0);
        for (; Math.Abs(value) >= 1024 && unit < units.Length - 1; unit++)
            value /= 1024;
        return unit == 0 ? $"{Value} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }
}

/// <summary>A moment in Unix ms; negative: none.</summary>
internal readonly record struct Moment(long UnixMs)
{
    public override string ToString() => UnixMs < 0 ? "-" : DateTimeOffset.FromUnixTimeMilliseconds(UnixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>How a value of a <see cref="Report"/> is written: null, text, numbers, bool, lists, durations (in seconds) and the types beside this one.</summary>
internal static class Cell
{
    public static string ToText(object? value) => value switch
    {
        null => "-",
        bool yes => yes ? "yes" : "no",
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        TimeSpan span => Duration(span),
        IEnumerable<int> ids => Joined(ids),
        IEnumerable<string> texts => Joined(texts),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "-",
    };

    /// <summary>Whether people read it easier with its digits one below the other.</summary>
    public static bool IsNumber(object? value) => value is null or int or long or short or double or ByteCount or TimeSpan;

    public static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null or Moment { UnixMs: < 0 }:
                json.WriteNullValue();
                break;
            case bool yes:
                json.WriteBooleanValue(yes);
                break;
            case int or long or short:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number:
                json.WriteNumberValue(Math.Round(number, 3));
                break;
            case ByteCount bytes:
                json.WriteNumberValue(bytes.Value);
                break;
            case TimeSpan span:
                json.WriteNumberValue(Math.Round(span.TotalSeconds, 3));
                break;
            case IEnumerable<int> ids:
                json.WriteStartArray();
                foreach (var id in ids)
                    json.WriteNumberValue(id);
                json.WriteEndArray();
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (var text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Joined<T>(IEnumerable<T> values) => string.Join(',', values) is { Length: > 0 } text ? text : "-";

    private static string Duration(TimeSpan span) => span.TotalSeconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.0} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.0} d"),
    };
}
