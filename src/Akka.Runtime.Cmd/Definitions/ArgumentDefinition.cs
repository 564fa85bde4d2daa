namespace Petabridge.Cmd;

/// <summary>One argument of a command: how it is written and what it is for. Immutable; made by <see cref="ArgumentDefinitionBuilder"/>.</summary>
public sealed class ArgumentDefinition
{
    internal ArgumentDefinition(string name, string description, IReadOnlyList<string> switches, IReadOnlyList<string> defaultValues)
    {
        Name = name;
        Description = description;
        Switch = switches;
        DefaultValues = defaultValues;
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>Every way to write it: <c>-t</c>, <c>--topic</c>.</summary>
    public IReadOnlyList<string> Switch { get; }

    /// <summary>What is proposed for its value.</summary>
    public IReadOnlyList<string> DefaultValues { get; }

    public bool IsMandatory { get; internal init; }

    public bool AllowMultiple { get; internal init; }

    /// <summary>A yes or no: it stands without a value.</summary>
    internal bool IsFlag => DefaultValues is ["true", "false"];
}
