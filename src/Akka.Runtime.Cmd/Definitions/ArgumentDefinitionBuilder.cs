namespace Petabridge.Cmd;

/// <summary>Puts an <see cref="ArgumentDefinition"/> together. One thread.</summary>
public sealed class ArgumentDefinitionBuilder
{
    private readonly List<string> _switches = [];
    private readonly List<string> _defaults = [];
    private string _name = "";
    private string _description = "";
    private bool _isMandatory;
    private bool _allowsMultiple;

    public ArgumentDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public ArgumentDefinitionBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    /// <summary>A further way to write it.</summary>
    public ArgumentDefinitionBuilder WithSwitch(string argumentSwitch)
    {
        _switches.Add(argumentSwitch);
        return this;
    }

    /// <summary>A further value that is proposed.</summary>
    public ArgumentDefinitionBuilder WithDefaultValue(string value)
    {
        if (!_defaults.Contains(value))
            _defaults.Add(value);
        return this;
    }

    /// <summary>Values that are proposed. Exactly <c>true</c> and <c>false</c> make it a flag, which needs no value.</summary>
    public ArgumentDefinitionBuilder WithDefaultValues(params string[] values)
    {
        foreach (var value in values)
            WithDefaultValue(value);
        return this;
    }

    public ArgumentDefinitionBuilder IsMandatory(bool mandatory)
    {
        _isMandatory = mandatory;
        return this;
    }

    /// <summary>Whether it may be given more than once.</summary>
    public ArgumentDefinitionBuilder AllowMultiple(bool multiple)
    {
        _allowsMultiple = multiple;
        return this;
    }

    /// <exception cref="ArgumentException">It has no name or no switch.</exception>
    public ArgumentDefinition Build()
    {
        if (_name.Length == 0)
            throw new ArgumentException("An argument needs a name.");
        if (_switches.Count == 0)
            throw new ArgumentException($"Argument '{_name}' needs a switch, for instance --{_name}.");
        return new ArgumentDefinition(_name, _description, [.. _switches], [.. _defaults]) { IsMandatory = _isMandatory, AllowMultiple = _allowsMultiple };
    }
}
