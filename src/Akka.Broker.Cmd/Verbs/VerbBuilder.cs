using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>Defines a verb: its name, what it is for, its arguments. Whatever is destructive takes <see cref="Execute"/>.</summary>
internal sealed class VerbBuilder(string name, string description, Func<VerbContext, Task> run)
{
    private readonly CommandDefinitionBuilder _definition = new CommandDefinitionBuilder().WithName(name).WithDescription(description);

    /// <summary>An argument that must be there. <paramref name="values"/> are proposed.</summary>
    public VerbBuilder Needs(string argument, string what, string? shortSwitch = null, params string[] values) => With(argument, what, shortSwitch, values, mandatory: true);

    /// <summary>One that may be.</summary>
    public VerbBuilder Takes(string argument, string what, string? shortSwitch = null, params string[] values) => With(argument, what, shortSwitch, values);

    /// <summary>One that may be given again and again.</summary>
    public VerbBuilder TakesMany(string argument, string what, string? shortSwitch = null) => With(argument, what, shortSwitch, [], multiple: true);

    /// <summary>A yes or no.</summary>
    public VerbBuilder Flag(string argument, string what) => With(argument, what, null, ["true", "false"]);

    /// <summary>Its answer is a table, or JSON.</summary>
    public VerbBuilder Formatted() => Takes(VerbContext.Format, "How the answer is written", "-f", "table", "json");

    /// <summary>It changes something that is not easily changed back, or stops something: it says what it would do, and does it only if told so.</summary>
    public VerbBuilder Execute() => Flag(VerbContext.ExecuteFlag, "Do it; without this it is only shown what would be done");

    public Verb Build() => new(_definition.Build(), run);

    private VerbBuilder With(string argument, string what, string? shortSwitch, string[] values, bool mandatory = false, bool multiple = false)
    {
        _definition.WithArgument(a =>
        {
            if (shortSwitch is not null)
                a = a.WithSwitch(shortSwitch);
            a = a.WithName(argument).WithDescription(what).WithSwitch($"--{argument}").IsMandatory(mandatory).AllowMultiple(multiple);
            return values.Length == 0 ? a : a.WithDefaultValues(values);
        });
        return this;
    }
}
