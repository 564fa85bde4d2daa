using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>A command of a palette and what carries it out: any thread, a task a command.</summary>
internal sealed record Verb(CommandDefinition Definition, Func<VerbContext, Task> RunAsync)
{
    public string Name => Definition.Name;
}

/// <summary>A palette's verbs.</summary>
internal sealed record BrokerPalette(string Name, IReadOnlyList<Verb> Verbs)
{
    public CommandPalette Definition { get; } = new(Name, [.. Verbs.Select(v => v.Definition)]);
}
