using System.Globalization;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>A place in a HOCON text, and what lies there whatever it is part of: characters, blanks, comments, quoted texts.</summary>
internal sealed class HoconCursor(string text, string? file)
{
    private int _at;

    /// <summary>Of the place, from 1 on.</summary>
    public int Line { get; private set; } = 1;

    public bool AtEnd => _at >= text.Length;

    public char Current => text[_at];

    /// <summary>The character behind the current one; <c>'\0'</c> at the end.</summary>
    public char Next => _at + 1 < text.Length ? text[_at + 1] : '\0';

    /// <summary>The character before the current one; <c>'\0'</c> at the beginning.</summary>
    public char Before => _at > 0 ? text[_at - 1] : '\0';

    public bool AtComment => Current == '#' || (Current == '/' && Next == '/');

    /// <summary>To come back to by <see cref="Return"/>.</summary>
    public (int At, int Line) Place => (_at, Line);

    public void Return((int At, int Line) place) => (_at, Line) = place;

    /// <summary>What was read since a place.</summary>
    public string Since((int At, int Line) place) => text[place.At.._at];

    public char Take()
    {
        var c = text[_at++];
        if (c == '\n')
        {
            Line++;
        }

        return c;
    }

    public bool TryTake(string expected)
    {
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    /// <summary>What stands before the character, which is taken too; null, and nothing taken, if it does not come on this line.</summary>
    public string? TakeUpTo(char end)
    {
        var found = text.IndexOf(end, _at);
        var newline = text.IndexOf('\n', _at);
        if (found < 0 || (newline >= 0 && newline < found))
        {
            return null;
        }

        var taken = text[_at..found];
        _at = found + 1;
        return taken;
    }

    public string TakeBlanks()
    {
        var start = _at;
        while (!AtEnd && AtBlank)
        {
            _at++;
        }

        return text[start.._at];
    }

    /// <summary>Passes blanks over, with line ends and comments, and with commas, if told to.</summary>
    public void SkipBlank(bool lines, bool commas)
    {
        while (!AtEnd)
        {
            if (AtBlank || (lines && Current == '\n') || (commas && Current == ','))
            {
                Take();
            }
            else if (lines && AtComment)
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

    /// <summary>A text in quotes, of one kind or the other, that begins here.</summary>
    public string TakeQuoted() => TryTake("\"\"\"") ? TakeRaw() : TakeEscaped();

    public string Where(int line) => file is null ? $"line {line}" : $"{file}, line {line}";

    public ConfigurationException Error(string what) => new($"{Where(Line)}: {what}");

    private bool AtBlank => Current is ' ' or '\t' or '\r' or '\u00a0' or '\ufeff';

    private string TakeRaw()
    {
        var end = text.IndexOf("\"\"\"", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error("a text in three quotes is not closed");
        }

        while (end + 3 < text.Length && text[end + 3] == '"')
        {
            end++;
        }

        var raw = text[_at..end];
        Line += raw.AsSpan().Count('\n');
        _at = end + 3;
        return raw;
    }

    private string TakeEscaped()
    {
        var line = Line;
        var value = new StringBuilder();
        _at++;
        while (true)
        {
            if (AtEnd || Current == '\n')
            {
                throw new ConfigurationException($"{Where(line)}: a quoted text is not closed on its line");
            }

            var c = text[_at++];
            if (c == '"')
            {
                return value.ToString();
            }

            value.Append(c == '\\' ? TakeEscape() : c);
        }
    }

    private char TakeEscape()
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
}
