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

    private readonly HoconCursor _in = new(text, include.File);

    public RawObject ReadRoot()
    {
        var root = new RawObject(prefix.Aggregate("", HoconPath.Join), 1);
        _in.SkipBlank(lines: true, commas: false);
        if (!_in.AtEnd && _in.Current == '[')
        {
            throw _in.Error("the text must be an object, not a list");
        }

        if (!_in.AtEnd && _in.Current == '{')
        {
            var line = _in.Line;
            _in.Take();
            ReadEntries(root, prefix, line);
            _in.SkipBlank(lines: true, commas: false);
            if (!_in.AtEnd)
            {
                throw _in.Error($"unexpected '{_in.Current}' behind the closing brace");
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
            _in.SkipBlank(lines: true, commas: true);
            if (_in.AtEnd)
            {
                if (openLine > 0)
                {
                    throw _in.Error($"the object {Name(target.Path)} opened in line {openLine} is not closed");
                }

                return;
            }

            if (_in.Current == '}')
            {
                if (openLine == 0)
                {
                    throw _in.Error("a closing brace without an opening one");
                }

                _in.Take();
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
        var line = _in.Line;
        var key = ReadKey();
        var field = target.Field(key[0]);
        for (var i = 1; i < key.Count; i++)
        {
            field = field.Nested(line, include.File).Field(key[i]);
        }

        _in.SkipBlank(lines: true, commas: false);
        string[] inner = [.. path, .. key];
        if (!_in.AtEnd && _in.Current == '{')
        {
            ReadNested(field, inner);
        }
        else if (!_in.AtEnd && _in.Current is '=' or ':')
        {
            _in.Take();
            SkipToValue(field, line);
            if (_in.Current == '{' && field.Definitions is [.., (RawObject, _)])
            {
                ReadNested(field, inner);
            }
            else
            {
                field.Definitions.Add((ReadValue(field.Path, inner, line), include.File));
            }
        }
        else if (!_in.AtEnd && _in.Current == '+' && _in.Next == '=')
        {
            _in.Take();
            _in.Take();
            SkipToValue(field, line);
            field.Definitions.Add((new RawAppend(ReadValue(field.Path, inner, line), line), include.File));
        }
        else
        {
            throw new ConfigurationException($"{_in.Where(line)}: the key {field.Path} has no value");
        }
    }

    /// <summary>An object right behind its key; <c>a {..} a {..}</c> merge, and so may <c>a {..} ${b}</c>.</summary>
    private void ReadNested(RawField field, string[] path)
    {
        var line = _in.Line;
        var start = _in.Place;
        var nested = field.Nested(line, include.File);
        _in.Take();
        ReadEntries(nested, path, line);
        _in.SkipBlank(lines: false, commas: false);
        if (!_in.AtEnd && (_in.Current is '{' or '$'))
        {
            // More pieces follow: read them as one concatenation over what was just merged.
            _in.Return(start);
            field.Definitions.Add((ReadValue(field.Path, path, line), include.File));
        }
    }

    private void SkipToValue(RawField field, int line)
    {
        _in.SkipBlank(lines: false, commas: false);
        var place = _in.Place;
        _in.SkipBlank(lines: true, commas: false);
        if (_in.AtEnd || (_in.Line != place.Line && _in.Current is not ('{' or '[')))
        {
            _in.Return(place);
            throw new ConfigurationException($"{_in.Where(line)}: the key {field.Path} has no value");
        }
    }

    private RawValue ReadValue(string fieldPath, string[] path, int keyLine)
    {
        var parts = new List<RawValue>();
        var firstLine = _in.Line;
        while (true)
        {
            var blanks = _in.TakeBlanks();
            if (_in.AtEnd || _in.Current is '\n' or ',' or '}' or ']' || _in.AtComment)
            {
                break;
            }

            if (blanks.Length > 0 && parts.Count > 0)
            {
                parts.Add(new RawText(blanks, quoted: false, _in.Line));
            }

            parts.Add(ReadPart(fieldPath, path));
        }

        return parts.Count switch
        {
            0 => throw new ConfigurationException($"{_in.Where(keyLine)}: the key {fieldPath} has no value"),
            1 => parts[0],
            _ => new RawConcat(parts, firstLine),
        };
    }

    private RawValue ReadPart(string fieldPath, string[] path)
    {
        var line = _in.Line;
        switch (_in.Current)
        {
            case '{':
                _in.Take();
                var inner = new RawObject(fieldPath, line);
                ReadEntries(inner, path, line);
                return inner;
            case '[':
                return ReadArray(fieldPath, path);
            case '"':
                return new RawText(_in.TakeQuoted(), quoted: true, line);
            case '$' when _in.Next == '{':
                return ReadSubstitution();
            default:
                return new RawText(ReadBare(fieldPath), quoted: false, line);
        }
    }

    private RawArray ReadArray(string fieldPath, string[] path)
    {
        var line = _in.Line;
        _in.Take();
        var items = new List<RawValue>();
        while (true)
        {
            _in.SkipBlank(lines: true, commas: true);
            if (_in.AtEnd || _in.Current == '}')
            {
                throw _in.Error($"the list {Name(fieldPath)} opened in line {line} is not closed");
            }

            if (_in.Current == ']')
            {
                _in.Take();
                return new RawArray(items, line);
            }

            items.Add(ReadValue($"{fieldPath}[{items.Count}]", path, _in.Line));
        }
    }

    private RawSubstitution ReadSubstitution()
    {
        var line = _in.Line;
        _in.Take();
        _in.Take();
        var path = _in.TakeUpTo('}')?.Trim() ?? throw _in.Error("a substitution ${...} is not closed on its line");
        var optional = path.StartsWith('?');
        path = optional ? path[1..].Trim() : path;
        if (path.Length == 0)
        {
            throw _in.Error("a substitution ${...} names nothing");
        }

        return new RawSubstitution(HoconPath.Split(path), prefix, optional, line);
    }

    private string ReadBare(string fieldPath)
    {
        var start = _in.Place;
        while (!_in.AtEnd && _in.Current is not (' ' or '\t' or '\r' or '\n' or ',' or '{' or '}' or '[' or ']' or '"')
            && !(_in.Current == '$' && _in.Next == '{') && !(_in.AtComment && (_in.Place == start || _in.Before != ':')))
        {
            if (_in.Current == '=' || (_in.Current == ':' && _in.Next is ' ' or '\t' or '\n' or '\0'))
            {
                throw _in.Error($"unexpected '{_in.Current}' in the value of {fieldPath}; quote the value, or separate two keys by a comma");
            }

            _in.Take();
        }

        return _in.Place == start ? throw _in.Error($"unexpected '{_in.Current}' in the value of {fieldPath}") : _in.Since(start);
    }

    private List<string> ReadKey()
    {
        var segments = new List<string>();
        var segment = new StringBuilder();
        var quoted = false;
        while (!_in.AtEnd && _in.Current is not ('=' or ':' or '{' or '\n') && !(_in.Current == '+' && _in.Next == '=') && !_in.AtComment)
        {
            switch (_in.Current)
            {
                case '"':
                    segment.Append(_in.TakeQuoted());
                    quoted = true;
                    break;
                case '.':
                    Flush();
                    _in.Take();
                    break;
                case '[' or ']' or '}' or ',' or '$':
                    throw _in.Error($"unexpected '{_in.Current}' in a key; quote the key if that is meant");
                default:
                    segment.Append(_in.Take());
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
                throw _in.Error("a key, or a part of it, is empty");
            }

            segments.Add(name);
            segment.Clear();
            quoted = false;
        }
    }

    private bool TryReadInclude(RawObject target, string[] path)
    {
        var start = _in.Place;
        if (!_in.TryTake("include"))
        {
            return false;
        }

        _in.SkipBlank(lines: false, commas: false);
        var required = _in.TryTake("required(");
        _in.SkipBlank(lines: false, commas: false);
        var file = _in.TryTake("file(");
        _in.SkipBlank(lines: false, commas: false);
        if (_in.AtEnd || _in.Current != '"')
        {
            _in.Return(start);
            return false;
        }

        var name = _in.TakeQuoted();
        for (var i = (required ? 1 : 0) + (file ? 1 : 0); i > 0; i--)
        {
            _in.SkipBlank(lines: false, commas: false);
            if (!_in.TryTake(")"))
            {
                throw _in.Error($"the include of \"{name}\" is not closed");
            }
        }

        Include(target, path, name, required, start.Line);
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
                throw new ConfigurationException($"{_in.Where(line)}: the required include \"{name}\" is not there");
            }

            return;
        }

        var file = Path.Combine(include.Directory, name);
        if (!File.Exists(file))
        {
            if (required)
            {
                throw new ConfigurationException($"{_in.Where(line)}: the required include \"{name}\" is not there (looked for {Path.GetFullPath(file)})");
            }

            return;
        }

        if (include.Depth >= IncludeDepthMax)
        {
            throw new ConfigurationException($"{_in.Where(line)}: includes are nested deeper than {IncludeDepthMax}; does \"{name}\" include itself?");
        }

        var context = new IncludeContext(null, Path.GetDirectoryName(file) ?? "", file, include.Depth + 1);
        foreach (var (key, field) in new HoconReader(File.ReadAllText(file), context, path).ReadRoot().Fields)
        {
            target.Field(key).Definitions.AddRange(field.Definitions);
        }
    }

    private static string Name(string path) => path.Length == 0 ? "at the root" : path;
}
