extern alias pbm;

using System.Text.RegularExpressions;
using Akka.Broker.Clients.Tests.Support;
using Petabridge.Cmd.Parsing;

namespace Akka.Broker.Cmd.Tests.Parsing;

/// <summary>
/// The page on containers shows commands with answers that <c>docker/record-tour</c> has recorded by running them: here, that the palettes have these commands yet.
/// </summary>
public sealed partial class DockerReadmeSpec
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docker", "README.md"));

    [Fact]
    public void Every_command_that_is_shown_exists_with_its_switches()
    {
        var parser = new CommandLineParser([.. BrokerCommands.All.Select(p => p.Definition)]);
        var shown = Typed().SelectMany(line => Commands().Matches(line).Select(m => m.Groups[1].Value)).ToList();
        Assert.True(shown.Count > 30, $"{shown.Count} commands are shown.");
        foreach (var command in shown)
        {
            var parsed = parser.Parse(pbm::Pbm.WordSplitter.Split(command));
            Assert.True(parsed is ParsedLine.Given, $"pbm {command}: {(parsed as ParsedLine.Refused)?.Text}");
        }
    }

    [Fact]
    public void The_tour_ends_with_what_became_of_the_records()
    {
        Assert.Contains("0 lost, 0 twice, 0 out of order", Page[Page.IndexOf("<!-- record: check -->", StringComparison.Ordinal)..]);
        Assert.DoesNotContain("bash: line", Page);
    }

    /// <summary>What stands behind "$ " in the blocks of what was typed.</summary>
    private static IEnumerable<string> Typed() => Blocks().Matches(Page).SelectMany(b => b.Value.Split('\n')).Where(l => l.StartsWith("$ ", StringComparison.Ordinal));

    [GeneratedRegex("```console\n.*?\n```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\bpbm ((?:[^|;&>]|2>)+)")]
    private static partial Regex Commands();
}
