using System.Globalization;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Where includes are looked up, and for which file.</summary>
internal sealed record IncludeContext(Func<string, HoconRoot>? Callback, string Directory, string? File, int Depth);

/// <summary>
/// One pass over a HOCON text. Lenient where Akka.NET's configurations are (colons inside bare text, commas or line ends between
/// entries); strict where a slip would change a meaning: a key without value, an equals sign inside bare text, an open brace.
/// </summary>
internal sealed class HoconReader(string text, IncludeContext include, string[] prefix)
{
    private const int IncludeDepthMax = 32;

    private int _at;
    private int _line = 1;

    private bool AtEnd => _at >= text.Length;

    private char Current => text[_at];

    public RawObject ReadRoot()
    {
        var root = new RawObject(prefix.Aggregate("", HoconPath.Join), 1);
        SkipBlank(lines: true, commas: false);
        if (!AtEnd && Current == '[')
        {
            throw Error("the text must be an object, not a list");
        }

        if (!AtEnd && Current == '{')
        {
            var line = _line;
            Take();
            ReadEntries(root, prefix, line);
            SkipBlank(lines: true, commas: false);
            if (!AtEnd)
            {
                throw Error($"unexpected '{Current}' behind the closing brace");
            }
        }
        else
        {
            ReadEntries(root, prefix, openLine: 0);
        }

        return root;
    }

    private void ReadEntries(RawObject target, string[] path, int openLine)
    {
        while (true)
        {
            SkipBlank(lines: true, commas: true);
            if (AtEnd)
            {
                if (openLine > 0)
                {
                    throw Error($"the object {Name(target.Path)} opened in line {openLine} is not closed");
                }

                return;
            }

            if (Current == '}')
            {
                if (openLine == 0)
                {
                    throw Error("a closing brace without an opening one");
                }

                Take();
                return;
            }

            if (!TryReadInclude(target, path))
            {
                ReadEntry(target, path);
            }
        }
    }

    private void ReadEntry(RawObject target, string[] path)
    {
        var line = _line;
        var key = ReadKey();
        var field = target.Field(key[0]);
        for (var i = 1; i < key.Count; i++)
        {
            field = field.Nested(line, include.File).Field(key[i]);
        }

        SkipBlank(lines: true, commas: false);
        string[] inner = [.. path, .. key];
        if (!AtEnd && Current == '{')
        {
            ReadNested(field, inner);
        }
        else if (!AtEnd && Current is '=' or ':')
        {
            Take();
            SkipToValue(field, line);
            if (Current == '{' && field.Definitions is [.., (RawObject, _)])
            {
                ReadNested(field, inner);
            }
            else
            {
                field.Definitions.Add((ReadValue(field.Path, inner, line), include.File));
            }
        }
        else if (!AtEnd && Current == '+' && Next() == '=')
        {
            Take();
            Take();
            SkipToValue(field, line);
            field.Definitions.Add((new RawAppend(ReadValue(field.Path, inner, line), line), include.File));
        }
        else
        {
            throw new ConfigurationException($"{At(line)}: the key {field.Path} has no value");
        }
    }

    /// <summary>An object right behind its key; <c>a {..} a {..}</c> merge, and so may <c>a {..} ${b}</c>.</summary>
    private void ReadNested(RawField field, string[] path)
    {
        var line = _line;
        var start = (_at, _line);
        var nested = field.Nested(line, include.File);
        Take();
        ReadEntries(nested, path, line);
        SkipBlank(lines: false, commas: false);
        if (!AtEnd && (Current is '{' or '$'))
        {
            // More pieces follow: read them as one concatenation over what was just merged.
            (_at, _line) = start;
            field.Definitions.Add((ReadValue(field.Path, path, line), include.File));
        }
    }

    private void SkipToValue(RawField field, int line)
    {
        SkipBlank(lines: false, commas: false);
        var (at, lineAt) = (_at, _line);
        SkipBlank(lines: true, commas: false);
        if (AtEnd || (_line != lineAt && Current is not ('{' or '[')))
        {
            (_at, _line) = (at, lineAt);
            throw new ConfigurationException($"{At(line)}: the key {field.Path} has no value");
        }
    }

    private RawValue ReadValue(string fieldPath, string[] path, int keyLine)
    {
        var parts = new List<RawValue>();
        var firstLine = _line;
        while (true)
        {
            var blanks = ReadBlanks();
            if (AtEnd || Current is '\n' or ',' or '}' or ']' || AtComment())
            {
                break;
            }

            if (blanks.Length > 0 && parts.Count > 0)
            {
                parts.Add(new RawText(blanks, quoted: false, _line));
            }

            parts.Add(ReadPart(fieldPath, path));
        }

        return parts.Count switch
        {
            0 => throw new ConfigurationException($"{At(keyLine)}: the key {fieldPath} has no value"),
            1 => parts[0],
            _ => new RawConcat(parts, firstLine),
        };
    }

    private RawValue ReadPart(string fieldPath, string[] path)
    {
        var line = _line;
        switch (Current)
        {
            case '{':
                Take();
                var inner = new RawObject(fieldPath, line);
                ReadEntries(inner, path, line);
                return inner;
            case '[':
                return ReadArray(fieldPath, path);
            case '"':
                return new RawText(ReadQuoted(), quoted: true, line);
            case '$' when Next() == '{':
                return ReadSubstitution();
            default:
                return new RawText(ReadBare(fieldPath), quoted: false, line);
        }
    }

    private RawArray ReadArray(string fieldPath, string[] path)
    {
        var line = _line;
        Take();
        var items = new List<RawValue>();
        while (true)
        {
            SkipBlank(lines: true, commas: true);
            if (AtEnd || Current == '}')
            {
                throw Error($"the list {Name(fieldPath)} opened in line {line} is not closed");
            }

            if (Current == ']')
            {
                Take();
                return new RawArray(items, line);
            }

            items.Add(ReadValue($"{fieldPath}[{items.Count}]", path, _line));
        }
    }

    private RawSubstitution ReadSubstitution()
    {
        var line = _line;
        var end = text.IndexOf('}', _at);
        var newline = text.IndexOf('\n', _at);
        if (end < 0 || (newline >= 0 && newline < end))
        {
            throw Error("a substitution ${...} is not closed on its line");
        }

        var path = text[(_at + 2)..end].Trim();
        _at = end + 1;
        var optional = path.StartsWith('?');
        path = optional ? path[1..].Trim() : path;
        if (path.Length == 0)
        {
            throw Error("a substitution ${...} names nothing");
        }

        return new RawSubstitution(HoconPath.Split(path), prefix, optional, line);
    }

    private string ReadBare(string fieldPath)
    {
        var start = _at;
        while (!AtEnd && Current is not (' ' or '\t' or '\r' or '\n' or ',' or '{' or '}' or '[' or ']' or '"')
            && !(Current == '$' && Next() == '{') && !(AtComment() && (_at == start || text[_at - 1] != ':')))
        {
            if (Current == '=' || (Current == ':' && Next() is ' ' or '\t' or '\n' or '\0'))
            {
                throw Error($"unexpected '{Current}' in the value of {fieldPath}; quote the value, or separate two keys by a comma");
            }

            _at++;
        }

        if (_at == start)
        {
            throw Error($"unexpected '{Current}' in the value of {fieldPath}");
        }

        return text[start.._at];
    }

    private string ReadQuoted()
    {
        var line = _line;
        if (string.CompareOrdinal(text, _at, "\"\"\"", 0, 3) == 0)
        {
            var end = text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
            if (end < 0)
            {
                throw Error("a text in three quotes is not closed");
            }

            while (end + 3 < text.Length && text[end + 3] == '"')
            {
                end++;
            }

            var raw = text[(_at + 3)..end];
            _line += raw.AsSpan().Count('\n');
            _at = end + 3;
            return raw;
        }

        var value = new StringBuilder();
        _at++;
        while (true)
        {
            if (AtEnd || Current == '\n')
            {
                throw new ConfigurationException($"{At(line)}: a quoted text is not closed on its line");
            }

            var c = text[_at++];
            if (c == '"')
            {
                return value.ToString();
            }

            value.Append(c == '\\' ? ReadEscape() : c);
        }
    }

    private char ReadEscape()
    {
        var c = AtEnd ? '\0' : text[_at++];
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'b': return '\b';
            case 'f': return '\f';
            case 'u' when _at + 4 <= text.Length
                && ushort.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default:
                throw Error($"unknown escape \\{c} in a quoted text; a backslash itself is written \\\\");
        }
    }

    private List<string> ReadKey()
    {
        var segments = new List<string>();
        var segment = new StringBuilder();
        var quoted = false;
        while (!AtEnd && Current is not ('=' or ':' or '{' or '\n') && !(Current == '+' && Next() == '=') && !AtComment())
        {
            switch (Current)
            {
                case '"':
                    segment.Append(ReadQuoted());
                    quoted = true;
                    break;
                case '.':
                    Flush();
                    Take();
                    break;
                case '[' or ']' or '}' or ',' or '$':
                    throw Error($"unexpected '{Current}' in a key; quote the key if that is meant");
                default:
                    segment.Append(Take());
                    break;
            }
        }

        Flush();
        return segments;

        void Flush()
        {
            var name = quoted ? segment.ToString().TrimEnd() : segment.ToString().Trim();
            if (name.Length == 0 && !quoted)
            {
                throw Error("a key, or a part of it, is empty");
            }

            segments.Add(name);
            segment.Clear();
            quoted = false;
        }
    }

    private bool TryReadInclude(RawObject target, string[] path)
    {
        const string keyword = "include";
        if (string.CompareOrdinal(text, _at, keyword, 0, keyword.Length) != 0)
        {
            return false;
        }

        var (at, line) = (_at, _line);
        _at += keyword.Length;
        SkipBlank(lines: false, commas: false);
        var required = TryTake("required(");
        SkipBlank(lines: false, commas: false);
        var file = TryTake("file(");
        SkipBlank(lines: false, commas: false);
        if (AtEnd || Current != '"')
        {
            (_at, _line) = (at, line);
            return false;
        }

        var name = ReadQuoted();
        for (var i = (required ? 1 : 0) + (file ? 1 : 0); i > 0; i--)
        {
            SkipBlank(lines: false, commas: false);
            if (!TryTake(")"))
            {
                throw Error($"the include of \"{name}\" is not closed");
            }
        }

        Include(target, path, name, required, line);
        return true;
    }

    private void Include(RawObject target, string[] path, string name, bool required, int line)
    {
        if (include.Callback is { } callback)
        {
            if (callback(name)?.Value.GetObject() is { } answered)
            {
                foreach (var (key, value) in answered.Items)
                {
                    target.Field(key).Definitions.Add((new RawResolved(value, line), name));
                }
            }
            else if (required)
            {
                throw new ConfigurationException($"{At(line)}: the required include \"{name}\" is not there");
            }

            return;
        }

        var file = Path.Combine(include.Directory, name);
        if (!File.Exists(file))
        {
            if (required)
            {
                throw new ConfigurationException($"{At(line)}: the required include \"{name}\" is not there (looked for {Path.GetFullPath(file)})");
            }

            return;
        }

        if (include.Depth >= IncludeDepthMax)
        {
            throw new ConfigurationException($"{At(line)}: includes are nested deeper than {IncludeDepthMax}; does \"{name}\" include itself?");
        }

        var context = new IncludeContext(null, Path.GetDirectoryName(file) ?? "", file, include.Depth + 1);
        foreach (var (key, field) in new HoconReader(File.ReadAllText(file), context, path).ReadRoot().Fields)
        {
            target.Field(key).Definitions.AddRange(field.Definitions);
        }
    }

    private string ReadBlanks()
    {
        var start = _at;
        while (!AtEnd && Current is ' ' or '\t' or '\r' or '\u00a0' or '\ufeff')
        {
            _at++;
        }

        return text[start.._at];
    }

    private void SkipBlank(bool lines, bool commas)
    {
        while (!AtEnd)
        {
            if (Current is ' ' or '\t' or '\r' or '\u00a0' or '\ufeff' || (lines && Current == '\n') || (commas && Current == ','))
            {
                Take();
            }
            else if (lines && AtComment())
            {
                while (!AtEnd && Current != '\n')
                {
                    _at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    private bool AtComment() => Current == '#' || (Current == '/' && Next() == '/');

    private char Next() => _at + 1 < text.Length ? text[_at + 1] : '\0';

    private char Take()
    {
        var c = text[_at++];
        if (c == '\n')
        {
            _line++;
        }

        return c;
    }

    private bool TryTake(string expected)
    {
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    private static string Name(string path) => path.Length == 0 ? "at the root" : path;

    private string At(int line) => include.File is null ? $"line {line}" : $"{include.File}, line {line}";

    private ConfigurationException Error(string what) => new($"{At(_line)}: {what}");
}
