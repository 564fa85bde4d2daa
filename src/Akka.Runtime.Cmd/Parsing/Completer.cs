namespace Petabridge.Cmd.Parsing;

/// <summary>A word that could stand at the cursor, and what it means.</summary>
internal readonly record struct Proposal(string Word, string Meaning);

/// <summary>Proposes what could stand next, by the palettes' definitions. Pure; any thread.</summary>
internal sealed class Completer(IReadOnlyList<CommandPalette> palettes)
{
    /// <param name="words">Up to the cursor; the last one is begun, or empty.</param>
    public IReadOnlyList<Proposal> Complete(IReadOnlyList<string> words) => Begun(words, Candidates(words));

    /// <summary>Those that go on as the last word has begun, in order.</summary>
    public static IReadOnlyList<Proposal> Begun(IReadOnlyList<string> words, IEnumerable<Proposal> candidates)
    {
        var begun = words.Count == 0 ? "" : words[^1];
        return [.. candidates.Where(p => p.Word.StartsWith(begun, StringComparison.Ordinal)).DistinctBy(p => p.Word).OrderBy(p => p.Word, StringComparer.Ordinal)];
    }

    /// <summary>The argument whose value is being written and of which the definitions propose none: somebody else may know some. Null if there is none.</summary>
    public ArgumentDefinition? Wanted(IReadOnlyList<string> words)
    {
        if (words.Count < 3 || words[0] == "help" || Find(words) is not { } command || words[^1].StartsWith('-'))
            return null;
        var written = Written(command, words);
        return (written.Valued ?? written.Bare) is { DefaultValues.Count: 0 } wanted ? wanted : null;
    }

    private IEnumerable<Proposal> Candidates(IReadOnlyList<string> words)
    {
        if (words.Count <= 1)
            return [.. palettes.Select(p => new Proposal(p.ModuleName, $"{p.Commands.Count} commands")), new Proposal("help", "what there is")];
        if (words[0] == "help")
            return words.Count switch
            {
                2 => palettes.Select(p => new Proposal(p.ModuleName, "")),
                3 => Commands(words[1]),
                _ => [],
            };
        if (words.Count == 2)
            return Commands(words[0]);
        return Find(words) is { } command ? Arguments(command, words) : [];
    }

    private CommandDefinition? Find(IReadOnlyList<string> words) =>
        CommandLineParser.Find(palettes, p => p.ModuleName, words[0])?.Commands.FirstOrDefault(c => c.Name == words[1]);

    private static IEnumerable<Proposal> Arguments(CommandDefinition command, IReadOnlyList<string> words)
    {
        var (valued, bare, given) = Written(command, words);
        if (valued is not null)
            return valued.DefaultValues.Select(v => new Proposal(v, ""));
        var open = command.Arguments.Where(a => a.AllowMultiple || !given.Contains(a));
        return [.. open.Select(a => new Proposal(a.Switch[^1], a.Description)), .. (bare?.DefaultValues ?? []).Select(v => new Proposal(v, bare!.Name))];
    }

    /// <summary>
    /// What the words before the last one leave to it: the value of a switch, or a further switch, or the value of an argument that needs none; by the rules of
    /// <see cref="CommandLineParser"/>.
    /// </summary>
    private static (ArgumentDefinition? Valued, ArgumentDefinition? Bare, HashSet<ArgumentDefinition> Given) Written(CommandDefinition command, IReadOnlyList<string> words)
    {
        var given = new HashSet<ArgumentDefinition>();
        for (var i = 2; i < words.Count - 1; i++)
        {
            var word = words[i];
            var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
            if (CommandLineParser.BySwitch(command, equals > 0 ? word[..equals] : word) is not { } argument)
            {
                if (CommandLineParser.Bare(command, given) is { } bare)
                    given.Add(bare);
                continue;
            }
            given.Add(argument);
            if (!argument.IsFlag && equals < 0 && ++i == words.Count - 1)
                return (argument, null, given);
        }
        return (null, CommandLineParser.Bare(command, given), given);
    }

    private IEnumerable<Proposal> Commands(string palette) =>
        CommandLineParser.Find(palettes, p => p.ModuleName, palette)?.Commands.Select(c => new Proposal(c.Name, c.Description)) ?? [];
}
