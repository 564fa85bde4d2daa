using System.Text.Json;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>The operators' tool as it was built beside the tests, run on the machine of the node that it asks.</summary>
public static class Pbm
{
    private const string CommandAddress = "127.0.0.1:9110";

    /// <summary>What a command that must succeed says.</summary>
    public static Task<string> PbmAsync(this Node node, params string[] words) =>
        Shell.RunAsync("ip", ["netns", "exec", node.NetworkNamespace, "dotnet", Repository.PbmDll, CommandAddress, .. words]);

    /// <summary>The same as JSON.</summary>
    public static async Task<JsonElement> PbmJsonAsync(this Node node, params string[] words)
    {
        using var document = JsonDocument.Parse(await node.PbmAsync([.. words, "--format", "json"]));
        return document.RootElement.Clone();
    }

    /// <summary>Completes when no partition is on the move any more.</summary>
    public static Task MovesAreDoneAsync(this Node asked, TimeSpan limit) => Until.TrueAsync("no partition moves", limit, async () =>
        (await asked.PbmJsonAsync("partition", "reassign", "status")).GetProperty("moving").GetInt32() == 0);
}
