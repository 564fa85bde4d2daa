using System.Runtime.CompilerServices;
using System.Text;

namespace Akka.Broker.Simulation.Kernel;

/// <summary>What happened, a line each, kept only where somebody will read it; otherwise the lines are not even formatted.</summary>
internal sealed class Trace(EventQueue events, bool isOn)
{
    private readonly List<string> _lines = [];

    public bool IsOn { get; } = isOn;

    public IReadOnlyList<string> Lines => _lines;

    public void Say([InterpolatedStringHandlerArgument("")] TraceText text)
    {
        if (IsOn)
            _lines.Add($"{events.NowUs / 1000.0,10:F3} {text.ToString()}");
    }

    [InterpolatedStringHandler]
    internal readonly ref struct TraceText
    {
        private readonly StringBuilder? _text;

        public TraceText(int literalLength, int formattedCount, Trace trace, out bool isOn)
        {
            isOn = trace.IsOn;
            _text = isOn ? new StringBuilder(literalLength + (formattedCount * 8)) : null;
        }

        public void AppendLiteral(string text) => _text!.Append(text);

        public void AppendFormatted<T>(T value) => _text!.Append(value);

        public override string ToString() => _text?.ToString() ?? "";
    }
}
