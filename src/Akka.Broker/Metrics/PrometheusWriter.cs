using System.Buffers;
using System.Globalization;
using System.Text;

namespace Akka.Broker.Metrics;

/// <summary>
/// One metric in Prometheus' text format, in a buffer that is used again at each collection: what it is, then a line a combination of labels.
/// <code>
/// # HELP akka_broker_connections Open connections by listener.
/// # TYPE akka_broker_connections gauge
/// akka_broker_connections{listener="PLAINTEXT"} 3
/// </code>
/// One thread at a time.
/// </summary>
internal sealed class PrometheusWriter
{
    private const int NumberMax = 40;

    private readonly byte[] _name;
    private readonly byte[] _heading;
    private readonly Dictionary<string, byte[]> _labelNames = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _samples = new();

    public PrometheusWriter(string name, string type, string? help)
    {
        _name = Encoding.UTF8.GetBytes(name);
        var text = (help ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _heading = Encoding.UTF8.GetBytes($"# HELP {name} {text}\n# TYPE {name} {type}\n");
    }

    public void Clear() => _samples.ResetWrittenCount();

    public void Sample(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Sample("", value, tags);

    public void Sample(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Sample("", value, tags);

    /// <summary>A line of a metric that has several: <paramref name="suffix"/> is behind its name, <paramref name="le"/> a bucket's bound.</summary>
    public void Sample<T>(string suffix, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, string? le = null)
        where T : IUtf8SpanFormattable
    {
        _samples.Write(_name);
        Text(suffix);
        if (tags.Length > 0 || le is not null)
            Labels(tags, le);
        Byte((byte)' ');
        Number(value);
        Byte((byte)'\n');
    }

    /// <summary>Nothing, if there is no sample.</summary>
    public void CopyTo(IBufferWriter<byte> output)
    {
        if (_samples.WrittenCount == 0)
            return;
        output.Write(_heading);
        output.Write(_samples.WrittenSpan);
    }

    private void Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, string? le)
    {
        var separator = (byte)'{';
        foreach (var (name, value) in tags)
        {
            Byte(separator);
            separator = (byte)',';
            if (!_labelNames.TryGetValue(name, out var label))
                _labelNames[name] = label = Encoding.UTF8.GetBytes(PrometheusNames.Label(name) + "=\"");
            _samples.Write(label);
            Escaped(value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
            Byte((byte)'"');
        }

        if (le is not null)
        {
            Byte(separator);
            Text("le=\"");
            Text(le);
            Byte((byte)'"');
        }

        Byte((byte)'}');
    }

    private void Escaped(string value)
    {
        if (value.AsSpan().IndexOfAny('\\', '"', '\n') < 0)
        {
            Text(value);
            return;
        }

        Text(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
    }

    private void Number<T>(T value)
        where T : IUtf8SpanFormattable
    {
        if (value is double special && !double.IsFinite(special))
        {
            Text(double.IsNaN(special) ? "NaN" : special > 0 ? "+Inf" : "-Inf");
            return;
        }

        var isWritten = value.TryFormat(_samples.GetSpan(NumberMax), out var length, default, CultureInfo.InvariantCulture);
        Invariant.Check(isWritten);
        _samples.Advance(length);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, _samples);

    private void Byte(byte value)
    {
        _samples.GetSpan(1)[0] = value;
        _samples.Advance(1);
    }
}
