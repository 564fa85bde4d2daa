using System.Text.Json;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>A group of a stock client, seen and reset by an operator.</summary>
[Collection(OneNode.Name)]
public sealed class GroupSpec(OneNode node)
{
    [SkippableFact]
    public async Task A_group_is_described_explained_reset_and_deleted()
    {
        Skip.IfNot((await Tool.RunShellAsync("command -v kcat")).ExitCode == 0, "kcat is not installed");
        await node.OutputAsync("topic", "create", "read", "-p", "2");
        await node.OutputAsync("topic", "produce", "read", "-p", "0", "--lines", "a\nb\nc");
        await using (var reader = Tool.Start("kcat", "-b", node.Bootstrap, "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=50", "-X", "client.id=tester", "-G", "readers", "read"))
        {
            await Cluster.UntilAsync("the group has committed", async () => await LagAsync() == 0);
            Assert.Contains(await RowsAsync("group", "list"), g => g.GetProperty("group").GetString() == "readers" && g.GetProperty("state").GetString() == "Stable");
            var member = Assert.Single(await RowsAsync("group", "members", "readers"));
            Assert.Equal("tester", member.GetProperty("client").GetString());
            Assert.Equal(["read-0", "read-1"], member.GetProperty("partitions").EnumerateArray().Select(p => p.GetString()));
            Assert.Contains("joins", await node.OutputAsync("group", "why", "readers"));
            Assert.Contains("has 1 members", await node.ErrorAsync(1, "group", "delete", "readers", "--execute"));
            Assert.Contains("has 1 members, which would commit over it", await node.ErrorAsync(1, "group", "reset-offsets", "readers", "--to-earliest", "--execute"));
            await reader.SignalAsync("TERM");
            await reader.EndAsync();
        }
        await Cluster.UntilAsync("the group is empty", async () => (await node.JsonAsync("group", "describe", "readers")).GetProperty("members").GetInt32() == 0);

        Assert.Contains("To where? Allowed: one of --to-earliest", await node.ErrorAsync(1, "group", "reset-offsets", "readers"));
        Assert.Contains("Nothing is changed.", await node.OutputAsync("group", "reset-offsets", "readers", "--to-earliest"));
        Assert.Equal(0, await LagAsync());
        Assert.Equal(3, await ResetAsync("--to-earliest"));
        Assert.True((await node.JsonAsync("group", "describe", "readers")).GetProperty("lagSeconds").GetDouble() > 0);
        Assert.Equal(0, await ResetAsync("--to-latest"));
        Assert.Equal(1, await ResetAsync("--shift-by", "-1"));
        Assert.Equal(2, await ResetAsync("--to-offset", "1", "-t", "read", "-p", "0"));
        Assert.Equal(3, await ResetAsync("--to-datetime", "2020-01-01"));
        Assert.Contains("allowed: a time such as", await node.ErrorAsync(1, "group", "reset-offsets", "readers", "--to-datetime", "yesterday"));

        await node.OutputAsync("group", "delete", "readers");
        Assert.NotEmpty(await RowsAsync("group", "list", "-m", "^readers$"));
        await node.OutputAsync("group", "delete", "readers", "--execute");
        Assert.Empty(await RowsAsync("group", "list", "-m", "^readers$"));
        Assert.Contains("There is no group 'readers'", await node.ErrorAsync(1, "group", "describe", "readers"));
    }

    private async Task<List<JsonElement>> RowsAsync(params string[] words) => [.. (await node.JsonAsync(words)).EnumerateArray()];

    private async Task<long> ResetAsync(params string[] target)
    {
        await node.OutputAsync(["group", "reset-offsets", "readers", .. target, "--execute"]);
        return await LagAsync();
    }

    /// <summary>-1: nothing is committed, or there is no group yet.</summary>
    private async Task<long> LagAsync()
    {
        var end = await node.PbmAsync("group", "describe", "readers", "--format", "json");
        if (end.ExitCode != 0)
            return -1;
        var group = JsonDocument.Parse(end.Output).RootElement;
        return group.GetProperty("partitions").EnumerateArray().Any(p => p.GetProperty("committed").ValueKind == JsonValueKind.Number) ? group.GetProperty("lag").GetInt64() : -1;
    }
}
