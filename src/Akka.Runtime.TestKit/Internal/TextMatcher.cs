using System.Text.RegularExpressions;

namespace Akka.TestKit.Internal;

/// <summary>A condition on a log line's text: equal, starting so, containing that, matching, or none.</summary>
internal readonly struct TextMatcher
{
    private readonly string? _equals;
    private readonly string? _start;
    private readonly string? _contains;
    private readonly Regex? _pattern;

    public TextMatcher(string? equals, string? start, string? contains) => (_equals, _start, _contains) = (equals, start, contains);

    public TextMatcher(Regex pattern) => _pattern = pattern;

    public bool IsAny => _equals is null && _start is null && _contains is null && _pattern is null;

    public bool IsMatch(string? text)
    {
        text ??= "";
        return (_equals is null || text == _equals)
            && (_start is null || text.StartsWith(_start, StringComparison.Ordinal))
            && (_contains is null || text.Contains(_contains, StringComparison.Ordinal))
            && (_pattern is null || _pattern.IsMatch(text));
    }

    public override string ToString() => IsAny ? "any text" : $"the text '{_equals ?? _start ?? _contains ?? _pattern?.ToString()}'";
}
