using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>The client as an operator gets it: packed, installed as a .NET tool from a folder of packages, and run.</summary>
[Collection(OneNode.Name)]
public sealed class ToolPackageSpec(OneNode node)
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_packed_tool_is_installed_from_a_folder_and_runs_commands()
    {
        using var folder = new TempFolder();
        await RunAsync("pack", Path.Combine(Repository.Root, "src", "Pbm"), "-c", "Release", "-o", folder.File("packages"), "--nologo");
        await RunAsync("tool", "install", "Akka.Broker.Pbm", "--tool-path", folder.File("tools"), "--add-source", folder.File("packages"), "--no-http-cache");

        var installed = folder.File("tools/pbm");
        Assert.StartsWith("0.", (await Tool.RunAsync(installed, "--version")).MustSucceed().Output);
        Assert.Contains("connected to", (await Tool.RunAsync(installed, node.Address, "cluster", "show")).MustSucceed().Output);
        Assert.Equal(2, (await Tool.RunAsync(installed, node.Address, "no", "such")).ExitCode);
    }

    private static async Task RunAsync(params string[] arguments)
    {
        await using var tool = Tool.Start("dotnet", arguments);
        tool.Input.Close();
        (await tool.EndAsync(BuildLimit)).MustSucceed();
    }
}
