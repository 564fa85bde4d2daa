using System.Collections;
using System.CommandLine;
using Akka.Broker.Host.Commands;
using Akka.Broker.Settings;

namespace Akka.Broker.Host;

/// <summary>The command line: <c>akka-broker [--config FILE] [--environment] [--set PATH=VALUE]...</c> starts a broker; what begins with a word looks at something and ends.</summary>
/// <param name="ConfigFile">A HOCON file, null for none.</param>
/// <param name="Settings">Overrides, in their order.</param>
/// <param name="Mistake">One line on why the arguments cannot be used; null if they can.</param>
/// <param name="Answer">What to do instead of starting a broker: help, version, or a command.</param>
internal sealed record HostCommand(string? ConfigFile, IReadOnlyList<string> Settings, string? Mistake, Func<int>? Answer)
{
    public static HostCommand Parse(string[] args)
    {
        var (config, set) = (ConfigOption(), SetOption());
        var environment = new Option<bool>("--environment")
        {
            Description = "Reads settings from the environment too: AKKA_BROKER_KAFKA__PORT is akka.broker.kafka.port, AKKA__CLUSTER__SEED_NODES is akka.cluster.seed-nodes.",
        };
        var root = new RootCommand("A Kafka-compatible broker on Akka.NET. It prints one line when it is ready and one when it has stopped.")
        {
            config,
            environment,
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
        IReadOnlyList<string> variables = parsed.GetValue(environment) ? EnvironmentSettings.Overrides(Variables()) : [];
        return new HostCommand(parsed.GetValue(config), [.. variables, .. parsed.GetValue(set) ?? []], null, null);
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            yield return new((string)variable.Key, (string?)variable.Value ?? "");
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
