using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Event;

namespace Akka.Broker.Logging;

/// <summary>
/// How a log event is written, one line an event.
/// <code>
/// 2026-01-31T23:59:59.123Z WARNING akka://broker/user/controller: Broker 2 is fenced: …
/// {"time":"2026-01-31T23:59:59.123Z","level":"WARNING","source":"akka://broker/user/controller","event":"broker-fenced","message":"Broker 2 is fenced: …"}
/// </code>
/// In JSON a decision carries the name of its kind as <c>event</c>, and a message that was made of parts its template and those parts, so that lines of a kind can
/// be found without reading their words. Pure; any thread.
/// </summary>
public static class LogLines
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(LogEvent line)
    {
        var cause = line.Cause is null ? "" : Environment.NewLine + line.Cause;
        return string.Create(CultureInfo.InvariantCulture, $"{Time(line.Timestamp)} {Level(line)} {line.LogSource}: {line.Message}{cause}");
    }

    public static string Json(LogEvent line)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", Time(line.Timestamp));
            json.WriteString("level", Level(line));
            json.WriteString("source", line.LogSource);
            if (line.Message is LogMessage made)
                WriteParts(json, made);
            json.WriteString("message", line.Message?.ToString());
            if (line.Cause is not null)
                json.WriteString("error", line.Cause.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>A line of the host, which has no log source.</summary>
    public static string Json(DateTimeOffset time, string level, string message)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", Time(time.UtcDateTime));
            json.WriteString("level", level);
            json.WriteString("source", "host");
            json.WriteString("message", message);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void WriteParts(Utf8JsonWriter json, LogMessage message)
    {
        if (message.Parameters().OfType<DecisionLine>().Select(d => d.Event).FirstOrDefault(e => e is not null) is { } name)
        {
            json.WriteString("event", name);
            return;
        }

        // A template that is one place only says nothing that the message does not.
        if (message.Format == "{0}")
            return;
        json.WriteString("template", message.Format);
        json.WriteStartArray("parts");
        foreach (var part in message.Parameters())
        {
            switch (part)
            {
                case int or long or short:
                    json.WriteNumberValue(Convert.ToInt64(part, CultureInfo.InvariantCulture));
                    break;
                default:
                    json.WriteStringValue(Convert.ToString(part, CultureInfo.InvariantCulture));
                    break;
            }
        }

        json.WriteEndArray();
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Level(LogEvent line) => line.LogLevel().ToString().Replace("Level", "", StringComparison.Ordinal).ToUpperInvariant();
}
