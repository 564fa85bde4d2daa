using System.Collections.Frozen;

namespace Petabridge.Cmd;

/// <summary>A command of a palette, as help shows it and the parser reads it. Immutable; made by <see cref="CommandDefinitionBuilder"/>.</summary>
public sealed class CommandDefinition
{
    internal CommandDefinition(string name, string description, IReadOnlyList<ArgumentDefinition> arguments)
    {
        Name = name;
        Description = description;
        Arguments = arguments;
        ArgumentsByName = arguments.ToFrozenDictionary(a => a.Name);
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>In the order of their definition, in which mandatory ones may stand without their switch.</summary>
    public IReadOnlyList<ArgumentDefinition> Arguments { get; }

    public IReadOnlyDictionary<string, ArgumentDefinition> ArgumentsByName { get; }
}
