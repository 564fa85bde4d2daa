namespace Petabridge.Cmd.Parsing;

/// <summary>A word that could stand at the cursor, and what it means.</summary>
internal readonly record struct Proposal(string Word, string Meaning);

/// <summary>Proposes what could stand next, by the palettes' definitions. Pure; any thread.</summary>
internal sealed class Completer(IReadOnlyList<CommandPalette> palettes)
{
    /// <param name="words">Up to the cursor; the last one is begun, or empty.</param>
    public IReadOnlyList<Proposal> Complete(IReadOnlyList<string> words)
    {
        var begun = words.Count == 0 ? "" : words[^1];
        return [.. Candidates(words).Where(p => p.Word.StartsWith(begun, StringComparison.Ordinal)).OrderBy(p => p.Word, StringComparer.Ordinal)];
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
        var command = CommandLineParser.Find(palettes, p => p.ModuleName, words[0])?.Commands.FirstOrDefault(c => c.Name == words[1]);
        return command is null ? [] : Arguments(command, words);
    }

    private static IEnumerable<Proposal> Arguments(CommandDefinition command, IReadOnlyList<string> words)
    {
        var before = words[^2];
        if (command.Arguments.FirstOrDefault(a => a.Switch.Contains(before)) is { IsFlag: false } valued)
            return valued.DefaultValues.Select(v => new Proposal(v, ""));
        var given = words.Skip(2).SkipLast(1).ToHashSet(StringComparer.Ordinal);
        var open = command.Arguments.Where(a => a.AllowMultiple || !a.Switch.Any(given.Contains)).ToList();
        var bare = open.FirstOrDefault(a => a is { IsMandatory: true, IsFlag: false });
        return [.. open.Select(a => new Proposal(a.Switch[^1], a.Description)), .. (bare?.DefaultValues ?? []).Select(v => new Proposal(v, bare!.Name))];
    }

    private IEnumerable<Proposal> Commands(string palette) =>
        CommandLineParser.Find(palettes, p => p.ModuleName, palette)?.Commands.Select(c => new Proposal(c.Name, c.Description)) ?? [];
}
