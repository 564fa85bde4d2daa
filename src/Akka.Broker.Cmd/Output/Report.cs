using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Akka.Broker.Cmd.Output;

/// <summary>
/// A verb's answer: fields and tables in their order. As text, fields stand one below the other and tables have a title; as JSON it is one object, or, of a lone table
/// without a title, one array of objects. Keys are the names in camel case.
/// </summary>
internal sealed class Report
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<object> _parts = [];

    /// <summary>A name and its value. Fields that follow each other are one block.</summary>
    public Report Field(string name, object? value)
    {
        if (_parts is [.., List<(string, object?)> block])
            block.Add((name, value));
        else
            _parts.Add(new List<(string, object?)> { (name, value) });
        return this;
    }

    /// <param name="title">Null for a table that is the whole answer.</param>
    /// <param name="columns">Their names.</param>
    /// <param name="rows">A value a column each.</param>
    public Report Table(string? title, string[] columns, IEnumerable<object?[]> rows)
    {
        _parts.Add(new Part(title, columns, [.. rows]));
        return this;
    }

    public static Report Of(string[] columns, IEnumerable<object?[]> rows) => new Report().Table(null, columns, rows);

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (text.Length > 0)
                text.Append('\n');
            if (part is Part table)
                AddTable(text, table);
            else
                AddFields(text, (List<(string Name, object? Value)>)part);
        }
        return text.ToString().TrimEnd('\n');
    }

    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Indented))
        {
            if (_parts is [Part { Title: null } alone])
                WriteTable(json, alone);
            else
                WriteObject(json);
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private void WriteObject(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var part in _parts)
        {
            if (part is Part table)
            {
                json.WritePropertyName(Key(table.Title ?? "rows"));
                WriteTable(json, table);
                continue;
            }
            foreach (var (name, value) in (List<(string Name, object? Value)>)part)
            {
                json.WritePropertyName(Key(name));
                Cell.Write(json, value);
            }
        }
        json.WriteEndObject();
    }

    private static void WriteTable(Utf8JsonWriter json, Part table)
    {
        json.WriteStartArray();
        foreach (var row in table.Rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < table.Columns.Length; i++)
            {
                json.WritePropertyName(Key(table.Columns[i]));
                Cell.Write(json, row[i]);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void AddFields(StringBuilder text, List<(string Name, object? Value)> fields)
    {
        var width = fields.Max(f => f.Name.Length);
        foreach (var (name, value) in fields)
            text.Append(name.PadRight(width)).Append("  ").Append(Cell.ToText(value)).Append('\n');
    }

    private static void AddTable(StringBuilder text, Part table)
    {
        if (table.Title is not null)
            text.Append(table.Title).Append('\n');
        string[] head = [.. table.Columns.Select(c => c.ToUpperInvariant())];
        var rows = table.Rows.ConvertAll(r => Array.ConvertAll(r, v => Cell.ToText(v)));
        var widths = head.Select((h, i) => rows.Count == 0 ? h.Length : Math.Max(h.Length, rows.Max(r => r[i].Length))).ToArray();
        var isNumeric = head.Select((_, i) => table.Rows.Count > 0 && table.Rows.TrueForAll(r => Cell.IsNumber(r[i]))).ToArray();
        foreach (var row in rows.Prepend(head))
        {
            var line = row.Select((cell, i) => isNumeric[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append(string.Join("  ", line).TrimEnd()).Append('\n');
        }
        if (rows.Count == 0)
            text.Append("(none)\n");
    }

    private static string Key(string name)
    {
        var words = name.ToLowerInvariant().Split([' ', '-', '/'], StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(words.Select((w, i) => i == 0 ? w : char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private sealed record Part(string? Title, string[] Columns, List<object?[]> Rows);
}
