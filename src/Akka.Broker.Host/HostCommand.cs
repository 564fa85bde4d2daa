using System.CommandLine;
using Akka.Broker.Host.Commands;

namespace Akka.Broker.Host;

/// <summary>The command line: <c>akka-broker [--config FILE] [--set PATH=VALUE]...</c> starts a broker; what begins with a word looks at something and ends.</summary>
/// <param name="ConfigFile">A HOCON file, null for none.</param>
/// <param name="Settings">Overrides, in their order.</param>
/// <param name="Mistake">One line on why the arguments cannot be used; null if they can.</param>
/// <param name="Answer">What to do instead of starting a broker: help, version, or a command.</param>
internal sealed record HostCommand(string? ConfigFile, IReadOnlyList<string> Settings, string? Mistake, Func<int>? Answer)
{
    public static HostCommand Parse(string[] args)
    {
        var (config, set) = (ConfigOption(), SetOption());
        var root = new RootCommand("A Kafka-compatible broker on Akka.NET. It prints one line when it is ready and one when it has stopped.")
        {
            config,
            set,
            CheckCommand.Create(ConfigOption(), SetOption()),
            LogCommands.Dump(),
            LogCommands.Verify(),
            LogCommands.Repair(),
        };
        // Without an action of its own a command that has others below it may not stand alone; it is not invoked.
        root.SetAction(_ => 0);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return new HostCommand(null, [], string.Join(" ", parsed.Errors.Select(e => e.Message)), null);
        if (!ReferenceEquals(parsed.Action, root.Action))
            return new HostCommand(null, [], null, () => parsed.Invoke());
        return new HostCommand(parsed.GetValue(config), parsed.GetValue(set) ?? [], null, null);
    }

    private static Option<string?> ConfigOption() =>
        new("--config") { HelpName = "FILE", Description = "A HOCON file over the built-in defaults; hocon/broker.conf lists every key." };

    private static Option<string[]> SetOption() => new("--set")
    {
        HelpName = "PATH=VALUE",
        Description = "Overrides one key, for instance akka.broker.kafka.port=9093; PATH.N is an element of a list. May be repeated.",
        Arity = ArgumentArity.OneOrMore,
    };
}
