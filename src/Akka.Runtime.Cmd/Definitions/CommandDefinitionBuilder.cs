namespace Petabridge.Cmd;

/// <summary>Puts a <see cref="CommandDefinition"/> together. One thread.</summary>
public sealed class CommandDefinitionBuilder
{
    private readonly List<ArgumentDefinition> _arguments = [];
    private string _name = "";
    private string _description = "";

    public CommandDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public CommandDefinitionBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    public CommandDefinitionBuilder WithArgument(Func<ArgumentDefinitionBuilder, ArgumentDefinitionBuilder> argument)
    {
        _arguments.Add(argument(new ArgumentDefinitionBuilder()).Build());
        return this;
    }

    /// <exception cref="ArgumentException">It has no name, or two arguments that are written alike.</exception>
    public CommandDefinition Build()
    {
        if (_name.Length == 0)
            throw new ArgumentException("A command needs a name.");
        if (_arguments.SelectMany(a => a.Switch).GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { } doubled)
            throw new ArgumentException($"Command '{_name}' has two arguments that are written {doubled.Key}.");
        return new CommandDefinition(_name, _description, [.. _arguments]);
    }
}
