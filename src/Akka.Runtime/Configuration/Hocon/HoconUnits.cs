using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <summary>Durations (<c>200ms</c>, <c>5 s</c>) and sizes (<c>4MiB</c>, <c>128k</c>): a number, then a unit or none.</summary>
internal static class HoconUnits
{
    private static readonly Dictionary<string, double> TicksOf = Table(
        (1e-2, "ns nano nanos nanosecond nanoseconds"),
        (10, "us micro micros microsecond microseconds"),
        (TimeSpan.TicksPerMillisecond, "ms milli millis millisecond milliseconds"),
        (TimeSpan.TicksPerSecond, "s second seconds"),
        (TimeSpan.TicksPerMinute, "m minute minutes"),
        (TimeSpan.TicksPerHour, "h hour hours"),
        (TimeSpan.TicksPerDay, "d day days"));

    private static readonly Dictionary<string, double> BytesOf = Table(
        (1, "b B byte bytes"),
        (1e3, "kB kilobyte kilobytes"),
        (1024, "k K Ki KiB kibibyte kibibytes"),
        (1e6, "MB megabyte megabytes"),
        (1024.0 * 1024, "m M Mi MiB mebibyte mebibytes"),
        (1e9, "GB gigabyte gigabytes"),
        (1024.0 * 1024 * 1024, "g G Gi GiB gibibyte gibibytes"),
        (1e12, "TB terabyte terabytes"),
        (1024.0 * 1024 * 1024 * 1024, "t T Ti TiB tebibyte tebibytes"),
        (1e15, "PB petabyte petabytes"),
        (1024.0 * 1024 * 1024 * 1024 * 1024, "p P Pi PiB pebibyte pebibytes"));

    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (!TrySplit(text, out var number, out var unit) || number < 0)
        {
            return false;
        }

        double ticksOfUnit = TimeSpan.TicksPerMillisecond;
        if (unit.Length > 0 && !TicksOf.TryGetValue(unit, out ticksOfUnit))
        {
            return false;
        }

        var ticks = Math.Round(number * ticksOfUnit);
        if (ticks >= long.MaxValue)
        {
            return false;
        }

        duration = new TimeSpan((long)ticks);
        return true;
    }

    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (long.TryParse(text.Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out bytes))
        {
            return bytes >= 0;
        }

        if (!TrySplit(text, out var number, out var unit) || number < 0 || unit.Length == 0
            || !BytesOf.TryGetValue(unit, out var bytesOfUnit) || number * bytesOfUnit >= long.MaxValue)
        {
            return false;
        }

        bytes = (long)(number * bytesOfUnit);
        return true;
    }

    private static bool TrySplit(string text, out double number, out string unit)
    {
        text = text.Trim();
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '-' or '+'))
        {
            end++;
        }

        unit = text[end..].Trim();
        return double.TryParse(text.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    private static Dictionary<string, double> Table(params (double Factor, string Names)[] rows)
    {
        var table = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (factor, names) in rows)
        {
            foreach (var name in names.Split(' '))
            {
                table[name] = factor;
            }
        }

        return table;
    }
}
