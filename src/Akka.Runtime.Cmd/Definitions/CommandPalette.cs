namespace Petabridge.Cmd;

/// <summary>Commands under one name. Immutable.</summary>
public sealed class CommandPalette(string moduleName, IEnumerable<CommandDefinition> commands)
{
    /// <summary>The first word of its commands.</summary>
    public string ModuleName { get; } = moduleName;

    public IReadOnlyList<CommandDefinition> Commands { get; } = [.. commands];
}
