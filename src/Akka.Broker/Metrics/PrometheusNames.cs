using System.Text;

namespace Akka.Broker.Metrics;

/// <summary>
/// Instrument names as Prometheus has them: dots become underscores, the unit stands at the end in words, then <c>_total</c> for what only rises.
/// <c>akka.broker.request.bytes</c> in <c>By</c> is <c>akka_broker_request_bytes_total</c>.
/// </summary>
internal static class PrometheusNames
{
    public static string Of(string instrument, string? unit, bool isCounter)
    {
        var name = new StringBuilder(Label(instrument));
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        if (!EndsWith(name, suffix))
            name.Append(suffix);
        if (isCounter && !EndsWith(name, "_total"))
            name.Append("_total");
        return name.ToString();
    }

    /// <summary>A label's name, or the part of a metric's that comes before the unit.</summary>
    public static string Label(string name) => string.Create(name.Length, name, static (chars, text) =>
    {
        for (var i = 0; i < chars.Length; i++)
            chars[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
    });

    private static bool EndsWith(StringBuilder name, string suffix) =>
        suffix.Length <= name.Length && name.ToString(name.Length - suffix.Length, suffix.Length) == suffix;
}
