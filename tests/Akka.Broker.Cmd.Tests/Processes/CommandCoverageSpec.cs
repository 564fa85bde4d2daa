using System.Text.RegularExpressions;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>
/// Every command of every palette is run by a test through the real client: the words of it stand in a test's source beside this one, behind what starts the client.
/// That each has a recorded output, see <see cref="CommandReferenceSpec"/>.
/// </summary>
public sealed partial class CommandCoverageSpec
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Akka.Broker.Cmd.Tests", "Processes");

    /// <summary>Runs commands to record them, and checks none of them.</summary>
    private const string Recorder = "CommandReferenceSpec.cs";

    [Fact]
    public void Every_command_has_a_test_through_the_real_client()
    {
        var tests = string.Concat(Directory.GetFiles(Folder, "*Spec.cs").Where(f => Path.GetFileName(f) is not Recorder).Select(File.ReadAllText));
        var run = Run().Matches(tests).Select(m => $"{m.Groups["palette"]} {m.Groups["command"]}").ToHashSet(StringComparer.Ordinal);
        var commands = BrokerCommands.All.SelectMany(p => p.Verbs.Select(v => $"{p.Name} {v.Name}")).ToList();

        Assert.True(commands.Count > 30);
        Assert.Equal([], commands.FindAll(c => !run.Contains(c)));
    }

    /// <summary>A call of <see cref="Cluster"/>, or of a test's own that hands its words on to one.</summary>
    [GeneratedRegex("""(PbmAsync|OutputAsync|JsonAsync|RowsAsync|ErrorAsync|Start)\(([0-9]+, |\[)?"(?<palette>[a-z]+)", "(?<command>[a-z-]+)["]""")]
    private static partial Regex Run();
}
