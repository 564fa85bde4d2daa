using System.Text;
using System.Text.RegularExpressions;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Cmd.Verbs;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>
/// The client's README names every command with its switches, as help tells them, and shows each with an output that was recorded by running it: it shows what the recorder
/// runs, and nothing else.
/// <c>REWRITE_PBM_README=1</c> runs them all against three nodes and writes the reference anew.
/// </summary>
[Collection(ThreeNodes.Name)]
public sealed partial class CommandReferenceSpec(ThreeNodes cluster)
{
    private const string Begin = "<!-- reference:begin -->\n";
    private const string End = "<!-- reference:end -->";
    private const string Typed = "$ pbm ";
    private static readonly string File = Path.Combine(Repository.Root, "src", "Pbm", "README.md");

    /// <summary>In this order, since one makes what the next one shows. What the reader should see is by palette and command.</summary>
    private static readonly string[][] Examples =
    [
        ["cluster", "show"], ["cluster", "status"], ["cluster", "leader"], ["cluster", "names", "broker"], ["cluster", "down", "3"], ["cluster", "leave", "3"],
        ["topic", "create", "orders", "--partitions", "3", "--replication-factor", "3", "--config", "min.insync.replicas=2"],
        ["topic", "produce", "orders", "--key", "customer-7", "--value", "two apples"],
        ["topic", "tail", "orders", "--from", "earliest", "--count", "1"],
        ["bench", "produce", "orders", "--records", "50000"], ["bench", "consume", "orders"],
        ["topic", "list"], ["topic", "describe", "orders"], ["topic", "alter", "orders", "--set", "retention.ms=86400000"], ["topic", "add-partitions", "orders", "--count", "6"],
        ["topic", "trim", "orders", "--partition", "0", "--before", "100"], ["topic", "delete", "/^ord/"],
        ["broker", "list"], ["broker", "describe", "2"], ["broker", "drain", "3"], ["broker", "unregister", "3"], ["broker", "log-dirs"], ["broker", "strays"],
        ["config", "describe", "--topic", "orders", "--changed"], ["config", "set", "--broker", "2", "--set", "leader.replication.throttled.rate=10000000"],
        ["config", "set-quota", "--client", "billing-1", "--quota", "consumer_byte_rate=10MiB", "--execute"], ["config", "quotas"],
        ["config", "quotas", "--client", "billing-1"],
        ["controller", "status"], ["controller", "voters"], ["controller", "log", "--count", "3"], ["controller", "remove-voter", "3"], ["controller", "add-voter", "3"], ["controller", "level"],
        ["partition", "describe", "orders"], ["partition", "elect"], ["partition", "reassign", "plan", "--topic", "orders", "--brokers", "1,2", "--replication-factor", "2", "--throttle", "10MiB"],
        ["partition", "reassign", "status"], ["partition", "balance"],
        ["group", "list"], ["group", "describe", "billing"], ["group", "members", "billing"], ["group", "why", "billing"],
        ["group", "reset-offsets", "billing", "--to-earliest"], ["group", "delete", "billing"],
    ];

    [SkippableFact]
    public async Task Every_command_is_in_the_reference_as_help_tells_it_with_a_recorded_output()
    {
        var readme = await System.IO.File.ReadAllTextAsync(File);
        var (from, to) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        Assert.InRange(from, Begin.Length, to);
        if (Environment.GetEnvironmentVariable("REWRITE_PBM_README") == "1")
        {
            await System.IO.File.WriteAllTextAsync(File, readme[..from] + await WriteAsync() + readme[to..]);
            return;
        }
        var reference = readme[from..to];
        var written = reference.Split('\n').Where(l => l.StartsWith(Typed, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(Examples.Select(Line).Order(StringComparer.Ordinal), written);
        foreach (var (palette, verb) in BrokerCommands.All.SelectMany(p => p.Verbs.Select(v => (p, v))))
        {
            Assert.Contains(Examples, words => words[0] == palette.Name && words[1] == verb.Name);
            Assert.Contains($"### {palette.Name} {verb.Name}\n", reference, StringComparison.Ordinal);
            Assert.Contains(await HelpAsync(palette, verb), reference, StringComparison.Ordinal);
        }
    }

    private async Task<string> HelpAsync(BrokerPalette palette, Verb verb) => await cluster.OutputAsync("help", palette.Name, verb.Name);

    private async Task<string> WriteAsync()
    {
        Skip.IfNot((await Tool.RunShellAsync("command -v kcat")).ExitCode == 0, "kcat, which makes a group for the examples, is not installed");
        var outputs = new List<(string[] Words, string Output)>();
        Tool? reader = null;
        foreach (var words in Examples)
        {
            if (words is ["group", "list"])
                reader = await StartReaderAsync();
            if (words is ["group", "delete", ..])
                await StopReaderAsync(reader!);
            var end = await cluster.PbmAsync(words);
            outputs.Add((words, (end.Output + end.Errors).TrimEnd('\n')));
        }
        var text = new StringBuilder();
        foreach (var palette in BrokerCommands.All.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            text.Append($"\n## {palette.Name}\n");
            foreach (var verb in palette.Verbs)
            {
                text.Append($"\n### {palette.Name} {verb.Name}\n```\n{await HelpAsync(palette, verb)}```\n");
                foreach (var (words, output) in outputs.Where(o => o.Words[0] == palette.Name && o.Words[1] == verb.Name))
                    text.Append($"```\n{Line(words)}\n{Steady(output)}\n```\n");
            }
        }
        return text.Append('\n').ToString();
    }

    private async Task<Tool> StartReaderAsync()
    {
        var reader = Tool.Start("kcat", "-b", cluster.Bootstrap, "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=50", "-X", "client.id=billing-1", "-G", "billing", "orders");
        await Cluster.UntilAsync("the group has committed", async () => (await cluster.PbmAsync("group", "describe", "billing", "-f", "json")) is { ExitCode: 0 } end && Committed().Count(end.Output) == 3);
        await cluster.OutputAsync("topic", "produce", "orders", "--value", "three pears");
        return reader;
    }

    private async Task StopReaderAsync(Tool reader)
    {
        await reader.SignalAsync("TERM");
        await reader.EndAsync();
        await Cluster.UntilAsync("the group is empty", async () => (await cluster.JsonAsync("group", "describe", "billing")).GetProperty("members").GetInt32() == 0);
    }

    /// <summary>What was typed, as the reference shows it.</summary>
    private static string Line(string[] words) => Typed + string.Join(' ', words.Select(Quoted));

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word;

    /// <summary>The folders of the recording's machine are nobody's business.</summary>
    private string Steady(string output) => output.Replace(cluster.Folder, "/var/lib/akka-broker", StringComparison.Ordinal);

    [GeneratedRegex("\"committed\": [0-9]")]
    private static partial Regex Committed();
}
