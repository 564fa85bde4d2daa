using System.CommandLine;
using Akka.Broker.Settings;

namespace Akka.Broker.Host.Commands;

/// <summary><c>akka-broker check</c>: every setting as it would take effect with its source on standard output, every mistake on standard error.</summary>
internal static class CheckCommand
{
    private const string OwnRoot = "akka.broker.";

    public static Command Create(Option<string?> config, Option<string[]> set)
    {
        var all = new Option<bool>("--all") { Description = "Akka's own settings that this broker ships, too." };
        var changed = new Option<bool>("--changed") { Description = "Only what is not a default." };
        var command = new Command("check", "Shows the settings that a broker would start with, where each comes from, and every mistake in them. Exit code 2 if there is one.")
        {
            config,
            set,
            all,
            changed,
        };
        command.SetAction(parsed => Run(
            SettingsCheck.Of(parsed.GetValue(config), parsed.GetValue(set) ?? []), parsed.GetValue(all), parsed.GetValue(changed)));
        return command;
    }

    private static int Run(SettingsCheck check, bool all, bool changed)
    {
        foreach (var setting in check.Settings)
        {
            var isGiven = setting.Source != "default";
            if (isGiven || (!changed && (all || setting.Path.StartsWith(OwnRoot, StringComparison.Ordinal) || setting.Path.StartsWith("petabridge.", StringComparison.Ordinal))))
                Console.Out.WriteLine($"{setting.Path} = {setting.Value}  # {setting.Source}");
        }

        foreach (var warning in check.Warnings)
            Console.Error.WriteLine($"WARNING {warning}");
        foreach (var mistake in check.Mistakes)
            Console.Error.WriteLine(mistake);
        return check.Mistakes.Count == 0 ? 0 : BrokerHost.ExitRefused;
    }
}
