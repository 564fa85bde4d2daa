using System.Globalization;

namespace Petabridge.Cmd.Parsing;

/// <summary>
/// Reads the words of a command line by the palettes' definitions.
/// <code>
///  palette command { --switch value | --switch=value | --flag | value }     a bare value is the next mandatory argument's, or the first one's
///  help [palette [command]]          palette [command] help | --help | -h
/// </code>
/// Pure; any thread.
/// </summary>
internal sealed class CommandLineParser(IReadOnlyList<CommandPalette> palettes)
{
    private static readonly string[] HelpWords = ["help", "--help", "-h", "-?"];

    public ParsedLine Parse(IReadOnlyList<string> words)
    {
        var rest = words.ToList();
        var asksForHelp = rest.Count == 0 || HelpWords.Contains(rest[0]) || HelpWords.Skip(1).Any(rest.Contains) || (rest.Count is 2 or 3 && rest[^1] == HelpWords[0]);
        if (asksForHelp)
            rest.RemoveAll(w => HelpWords.Contains(w));
        if (rest.Count == 0)
            return new ParsedLine.Help(HelpText.Of(palettes));
        if (Find(palettes, p => p.ModuleName, rest[0]) is not { } palette)
            return Unknown("palette", rest[0], palettes.Select(p => p.ModuleName));
        if (rest.Count == 1)
            return new ParsedLine.Help(HelpText.Of(palette));
        if (Find(palette.Commands, c => c.Name, rest[1]) is not { } command)
            return Unknown($"command of {palette.ModuleName}", rest[1], palette.Commands.Select(c => c.Name));
        return asksForHelp ? new ParsedLine.Help(HelpText.Of(palette, command)) : ParseArguments(palette, command, rest.GetRange(2, rest.Count - 2));
    }

    internal static T? Find<T>(IEnumerable<T> all, Func<T, string> name, string word) where T : class => all.FirstOrDefault(t => name(t) == word);

    private static ParsedLine ParseArguments(CommandPalette palette, CommandDefinition command, List<string> words)
    {
        var given = new List<Tuple<string, string>>();
        var seen = new HashSet<ArgumentDefinition>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            string? value = null;
            var argument = BySwitch(command, word);
            if (argument is null && word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                argument = BySwitch(command, word[..equals]);
                (word, value) = (argument is null ? word : word[..equals], word[(equals + 1)..]);
            }
            if (argument is null && LooksLikeSwitch(word))
                return Refuse(palette, command, $"{Line(palette, command)} has no switch {word}; it has {Switches(command)}.");
            if (argument is null)
            {
                argument = Bare(command, seen);
                if (argument is null)
                    return Refuse(palette, command, $"{Line(palette, command)} does not know what '{word}' is for; its switches are {Switches(command)}.");
                (word, value) = (argument.Switch[0], word);
            }
            else if (value is null && argument.IsFlag)
            {
                value = i + 1 < words.Count && words[i + 1] is "true" or "false" ? words[++i] : "true";
            }
            else if (value is null)
            {
                if (i + 1 >= words.Count || BySwitch(command, words[i + 1]) is not null)
                    return Refuse(palette, command, $"{word} needs a value: {Values(argument)}.");
                value = words[++i];
            }
            if (!seen.Add(argument) && !argument.AllowMultiple)
                return Refuse(palette, command, $"{word} is given twice; allowed: once.");
            given.Add(Tuple.Create(word, value));
        }
        return command.Arguments.FirstOrDefault(a => a.IsMandatory && !seen.Contains(a)) is { } missing
            ? Refuse(palette, command, $"{Line(palette, command)} needs {missing.Switch[^1]}: {Values(missing)}.")
            : new ParsedLine.Given(new Command(palette.ModuleName, command.Name, given));
    }

    /// <summary>Whose value a word without a switch is: the next mandatory argument's, or, where none is left, the first one's.</summary>
    internal static ArgumentDefinition? Bare(CommandDefinition command, HashSet<ArgumentDefinition> seen) =>
        command.Arguments.FirstOrDefault(a => a.IsMandatory && !a.IsFlag && !seen.Contains(a))
        ?? command.Arguments.Take(1).FirstOrDefault(a => !a.IsFlag && !seen.Contains(a));

    internal static ArgumentDefinition? BySwitch(CommandDefinition command, string word) => command.Arguments.FirstOrDefault(a => a.Switch.Contains(word));

    /// <summary>A negative number, or a lone dash, is a value.</summary>
    private static bool LooksLikeSwitch(string word) =>
        word.Length > 1 && word[0] == '-' && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Values(ArgumentDefinition argument) =>
        argument.DefaultValues.Count == 0 ? argument.Description.TrimEnd('.') : $"{argument.Description.TrimEnd('.')} ({string.Join(", ", argument.DefaultValues)})";

    private static string Switches(CommandDefinition command) =>
        command.Arguments.Count == 0 ? "none" : string.Join(", ", command.Arguments.Select(a => string.Join("|", a.Switch)));

    private static string Line(CommandPalette palette, CommandDefinition command) => $"'{palette.ModuleName} {command.Name}'";

    private static ParsedLine.Refused Refuse(CommandPalette palette, CommandDefinition command, string text) =>
        new($"{text}\nUsage: {HelpText.UsageOf(palette, command)}");

    private static ParsedLine.Refused Unknown(string what, string word, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.Ordinal).ToList();
        var near = names.FirstOrDefault(n => n.StartsWith(word, StringComparison.Ordinal) || word.StartsWith(n, StringComparison.Ordinal));
        return new ParsedLine.Refused($"There is no {what} '{word}'; {(near is null ? "" : $"did you mean {near}? ")}there are {string.Join(", ", names)}.");
    }
}
