using System.Globalization;

namespace Akka.Broker.Settings;

/// <summary>Numbers with a unit as HOCON writes them: <c>30s</c>, <c>100 ms</c>, <c>4MiB</c>, <c>128 kB</c>. Without a unit: ms, or bytes.</summary>
internal static class Quantity
{
    public static bool TryMilliseconds(string text, out long ms) => TryParse(text, DurationUnit, out ms);

    public static bool TryBytes(string text, out long bytes) => TryParse(text, SizeUnit, out bytes);

    private static decimal? DurationUnit(string unit) => unit switch
    {
        "" or "ms" or "millis" or "millisecond" or "milliseconds" => 1,
        "s" or "second" or "seconds" => 1000,
        "m" or "minute" or "minutes" => 60_000,
        "h" or "hour" or "hours" => 3_600_000,
        "d" or "day" or "days" => 86_400_000,
        _ => null,
    };

    private static decimal? SizeUnit(string unit) => unit switch
    {
        "" or "B" or "b" or "byte" or "bytes" => 1,
        "kB" or "kilobyte" or "kilobytes" => 1000,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        "TB" or "terabyte" or "terabytes" => 1_000_000_000_000,
        "K" or "k" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
        "M" or "m" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
        "G" or "g" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
        "T" or "t" or "Ti" or "TiB" or "tebibyte" or "tebibytes" => 1L << 40,
        _ => null,
    };

    private static bool TryParse(string text, Func<string, decimal?> factor, out long value)
    {
        value = 0;
        var trimmed = text.AsSpan().Trim();
        var digits = trimmed.LastIndexOfAnyInRange('0', '9') + 1;
        if (digits == 0 || factor(trimmed[digits..].Trim().ToString()) is not { } unit
            || !decimal.TryParse(trimmed[..digits], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        if (number is < -9.3e18m or > 9.3e18m || number * unit is not (>= long.MinValue and <= long.MaxValue) || decimal.Truncate(number * unit) != number * unit)
            return false;
        value = (long)(number * unit);
        return true;
    }
}
