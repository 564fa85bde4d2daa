using System.Text;

namespace Akka.Broker.Protocol.Generator;

/// <summary>Lines of C# with their indentation.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', _depth * 4).Append(line);
        _text.Append('\n');
    }

    public void Open(string head)
    {
        Line(head);
        Line("{");
        _depth++;
    }

    public void Close(string tail = "")
    {
        _depth--;
        Line("}" + tail);
    }

    /// <summary>One statement under an optional condition.</summary>
    public void If(string? condition, string statement)
    {
        if (condition is null)
        {
            Line(statement);
            return;
        }

        Line($"if ({condition})");
        _depth++;
        Line(statement);
        _depth--;
    }

    public void Summary(string text)
    {
        if (text.Length > 0)
            Line($"/// <summary>{text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")}</summary>");
    }

    public override string ToString() => _text.ToString();
}
