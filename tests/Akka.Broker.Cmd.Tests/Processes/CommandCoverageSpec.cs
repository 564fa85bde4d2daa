using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Every command of every palette is run by a test through the real client: the words of it stand in a test's source beside this one.</summary>
public sealed class CommandCoverageSpec
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Akka.Broker.Cmd.Tests", "Processes");

    /// <summary>Runs commands to record them, and checks none of them.</summary>
    private const string Recorder = "CommandReferenceSpec.cs";

    [Fact]
    public void Every_command_has_a_test_through_the_real_client()
    {
        var tests = string.Concat(Directory.GetFiles(Folder, "*Spec.cs").Where(f => Path.GetFileName(f) is not Recorder).Select(File.ReadAllText));
        var commands = BrokerCommands.All.SelectMany(p => p.Verbs.Select(v => $"\"{p.Name}\", \"{v.Name}\"")).ToList();

        Assert.True(commands.Count > 30);
        Assert.Equal([], commands.FindAll(c => !tests.Contains(c, StringComparison.Ordinal)));
    }
}
