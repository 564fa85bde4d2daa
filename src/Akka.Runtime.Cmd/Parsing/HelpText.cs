using System.Text;

namespace Petabridge.Cmd.Parsing;

/// <summary>Help, made of the definitions. Pure.</summary>
internal static class HelpText
{
    public static string Of(IReadOnlyList<CommandPalette> palettes)
    {
        var text = new StringBuilder("Usage: pbm [HOST:PORT] <palette> <command> [switches]\n\nPalettes:\n");
        AddColumns(text, palettes.OrderBy(p => p.ModuleName, StringComparer.Ordinal).Select(p => (p.ModuleName, string.Join(", ", p.Commands.Select(c => c.Name)))));
        return text.Append("\n'help <palette>' tells more of one.").ToString();
    }

    public static string Of(CommandPalette palette)
    {
        var text = new StringBuilder($"Usage: pbm [HOST:PORT] {palette.ModuleName} <command> [switches]\n\nCommands:\n");
        AddColumns(text, palette.Commands.Select(c => (c.Name, c.Description)));
        return text.Append($"\n'help {palette.ModuleName} <command>' tells its switches.").ToString();
    }

    public static string Of(CommandPalette palette, CommandDefinition command)
    {
        var text = new StringBuilder($"{command.Description}\n\nUsage: {UsageOf(palette, command)}\n");
        if (command.Arguments.Count > 0)
        {
            text.Append("\nSwitches:\n");
            AddColumns(text, command.Arguments.Select(a => (string.Join(", ", a.Switch), Describe(a))));
        }
        return text.ToString().TrimEnd('\n');
    }

    public static string UsageOf(CommandPalette palette, CommandDefinition command)
    {
        var usage = new StringBuilder($"{palette.ModuleName} {command.Name}");
        foreach (var argument in command.Arguments)
        {
            var written = argument.IsFlag ? argument.Switch[^1] : $"{argument.Switch[^1]} {argument.Name.ToUpperInvariant()}";
            usage.Append(argument.IsMandatory ? $" {written}" : $" [{written}]");
            if (argument.AllowMultiple)
                usage.Append("...");
        }
        return usage.ToString();
    }

    private static string Describe(ArgumentDefinition argument) =>
        argument.DefaultValues.Count == 0 || argument.IsFlag ? argument.Description : $"{argument.Description} ({string.Join(", ", argument.DefaultValues)})";

    private static void AddColumns(StringBuilder text, IEnumerable<(string Left, string Right)> rows)
    {
        var all = rows.ToList();
        var width = all.Count == 0 ? 0 : all.Max(r => r.Left.Length);
        foreach (var (left, right) in all)
            text.Append("  ").Append(left.PadRight(width)).Append("  ").Append(right).Append('\n');
    }
}
