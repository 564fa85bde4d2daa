using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Values as HOCON text that parses back to the same values.</summary>
internal static class HoconRenderer
{
    public static string Entries(HoconObject value, int indent)
    {
        var text = new StringBuilder();
        AppendEntries(text, value, indent);
        return text.ToString();
    }

    public static string Value(HoconValue value, int indent)
    {
        var text = new StringBuilder();
        AppendValue(text, value, indent);
        return text.ToString();
    }

    private static void AppendEntries(StringBuilder text, HoconObject value, int indent)
    {
        foreach (var (key, item) in value.Items)
        {
            if (text.Length > 0 && text[^1] != '\n')
            {
                text.Append('\n');
            }

            text.Append(' ', indent * 2).Append(IsPlain(key) ? key : Quote(key)).Append(item.Object is null ? " : " : " ");
            AppendValue(text, item, indent);
        }
    }

    private static void AppendValue(StringBuilder text, HoconValue value, int indent)
    {
        if (value.Object is { } inner)
        {
            text.Append("{\n");
            AppendEntries(text, inner, indent + 1);
            text.Append('\n').Append(' ', indent * 2).Append('}');
        }
        else if (value.Array is { } items)
        {
            text.Append('[');
            for (var i = 0; i < items.Count; i++)
            {
                text.Append(i == 0 ? "" : ", ");
                AppendValue(text, items[i], indent);
            }

            text.Append(']');
        }
        else if (value.Text is { } literal)
        {
            text.Append(IsPlain(literal) ? literal : Quote(literal));
        }
        else
        {
            text.Append("null");
        }
    }

    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        return text.Length > 0 && text is not ("null" or "include");
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            switch (c)
            {
                case '"': quoted.Append("\\\""); break;
                case '\\': quoted.Append("\\\\"); break;
                case '\n': quoted.Append("\\n"); break;
                case '\r': quoted.Append("\\r"); break;
                case '\t': quoted.Append("\\t"); break;
                case < ' ': quoted.Append("\\u").Append(((int)c).ToString("x4")); break;
                default: quoted.Append(c); break;
            }
        }

        return quoted.Append('"').ToString();
    }
}
