namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Topics, their settings and partitions, on three nodes.</summary>
[Collection(ThreeNodes.Name)]
public sealed class TopicSpec(ThreeNodes cluster)
{
    [Fact]
    public async Task A_topic_is_made_shown_altered_grown_and_deleted()
    {
        Assert.Contains("Topic t1 is made: 3 partitions, 3 replicas of each.", await cluster.OutputAsync("topic", "create", "t1", "-p", "3", "-r", "3", "-c", "min.insync.replicas=2"));
        Assert.Contains("(TopicAlreadyExists)", await cluster.ErrorAsync(1, "topic", "create", "t1"));
        var listed = Assert.Single((await cluster.JsonAsync("topic", "list", "/^t1$/")).EnumerateArray());
        Assert.Equal((3, 3), (listed.GetProperty("partitions").GetInt32(), listed.GetProperty("replicas").GetInt32()));
        Assert.Contains("min.insync.replicas", await cluster.OutputAsync("topic", "describe", "t1"));

        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("topic", "alter", "t1", "-s", "retention.ms=1000"));
        Assert.Equal("default", await SourceAsync("t1", "retention.ms"));
        await cluster.OutputAsync("topic", "alter", "t1", "-s", "retention.ms=1000", "--execute");
        Assert.Equal("topic", await SourceAsync("t1", "retention.ms"));
        await cluster.OutputAsync("topic", "alter", "t1", "-u", "retention.ms", "--execute");
        Assert.Equal("default", await SourceAsync("t1", "retention.ms"));
        Assert.Contains("allowed: an integer", await cluster.ErrorAsync(1, "topic", "alter", "t1", "-s", "retention.ms=soon", "--execute"));

        await cluster.OutputAsync("topic", "add-partitions", "t1", "-c", "5");
        Assert.Equal(3, (await cluster.JsonAsync("partition", "describe", "t1")).GetArrayLength());
        await cluster.OutputAsync("topic", "add-partitions", "t1", "-c", "5", "--execute");
        Assert.Equal(5, (await cluster.JsonAsync("partition", "describe", "t1")).GetArrayLength());

        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("topic", "delete", "t1"));
        Assert.Contains("t1", await cluster.OutputAsync("topic", "list"));
        await cluster.OutputAsync("topic", "delete", "/^t1$/", "--execute");
        Assert.Contains("There is no topic 't1'", await cluster.ErrorAsync(1, "topic", "describe", "t1"));
    }

    [Fact]
    public async Task Records_are_written_read_and_trimmed()
    {
        await cluster.OutputAsync("topic", "create", "records", "-p", "2", "-r", "3");
        Assert.Contains("records-1 has them at offsets 0 to 2.", await cluster.OutputAsync("topic", "produce", "records", "-p", "1", "--lines", "a\nb\nc"));
        Assert.Contains("b", await cluster.OutputAsync("topic", "tail", "records", "-p", "1", "--from", "1", "-n", "1"));
        Assert.EndsWith("-  c\n", await cluster.OutputAsync("topic", "tail", "records", "--from", "-1", "-n", "1"));
        Assert.DoesNotContain("  a", await cluster.OutputAsync("topic", "tail", "records", "--from", "earliest", "-n", "1", "--keys"));

        await cluster.OutputAsync("topic", "trim", "records", "-p", "1", "--before", "2");
        Assert.Equal(0, await StartAsync());
        await cluster.OutputAsync("topic", "trim", "records", "-p", "1", "--before", "2", "--execute");
        Assert.Equal(2, await StartAsync());
        Assert.Contains("Allowed: --value VALUE, or --lines", await cluster.ErrorAsync(1, "topic", "produce", "records"));
        Assert.Contains("records has no partition 9; allowed: 0 to 1.", await cluster.ErrorAsync(1, "topic", "tail", "records", "-p", "9"));

        async Task<long> StartAsync() => (await cluster.JsonAsync("topic", "describe", "records")).GetProperty("partitions")[1].GetProperty("start").GetInt64();
    }

    [Fact]
    public async Task Partitions_are_moved_by_a_plan_elected_and_balanced()
    {
        await cluster.OutputAsync("topic", "create", "moved", "-p", "3", "-r", "1");
        await cluster.OutputAsync("topic", "produce", "moved", "-p", "0", "-v", "stays");
        var plan = await cluster.OutputAsync("partition", "reassign", "plan", "-t", "moved", "-b", "2,3", "-r", "2", "--format", "json");
        Assert.Contains("Nothing is changed.", await cluster.OutputAsync("partition", "reassign", "execute", "--plan", plan));
        Assert.Contains("moves have begun", await cluster.OutputAsync("partition", "reassign", "execute", "--plan", plan, "--execute"));
        Assert.Contains("moving          0", await cluster.OutputAsync("partition", "reassign", "status", "--wait"));
        var moved = (await cluster.JsonAsync("partition", "describe", "moved")).EnumerateArray().ToList();
        Assert.All(moved, p => Assert.Equal([2, 3], p.GetProperty("replicas").EnumerateArray().Select(r => r.GetInt32()).Order()));
        Assert.Contains("stays", await cluster.OutputAsync("topic", "tail", "moved", "-p", "0", "--from", "0", "-n", "1"));

        await cluster.OutputAsync("partition", "reassign", "cancel", "--execute");
        Assert.Contains("are held to 20971520 bytes a second", await cluster.OutputAsync("partition", "reassign", "execute", "-t", "moved", "-b", "1,2", "--throttle", "20MiB", "--execute"));
        Assert.Contains("Nothing moves, and moves are still throttled", await cluster.OutputAsync("partition", "reassign", "status", "--wait"));
        Assert.Contains("0:2", (await cluster.JsonAsync("config", "describe", "-t", "moved", "-m", "leader.replication.throttled"))[0].GetProperty("value").GetString());
        Assert.Contains("20971520", await cluster.OutputAsync("partition", "reassign", "unthrottle"));
        await cluster.OutputAsync("partition", "reassign", "unthrottle", "--execute");
        Assert.Equal("default", await SourceAsync("moved", "follower.replication.throttled.replicas"));
        Assert.DoesNotContain("20971520", await cluster.OutputAsync("config", "describe", "-b", "1", "--changed"));
        Assert.Contains("--throttle is 0", await cluster.ErrorAsync(1, "partition", "reassign", "execute", "-t", "moved", "-b", "1,3", "--throttle", "0", "--execute"));
        await cluster.OutputAsync("partition", "elect", "-t", "moved", "--execute");
        await cluster.OutputAsync("partition", "elect", "-t", "moved", "--type", "unclean");
        var balance = await cluster.JsonAsync("partition", "balance", "--rate", "1MiB");
        Assert.True(balance.GetProperty("moves").GetInt32() > 0);
        Assert.True(balance.GetProperty("eta").GetDouble() >= 0);
        await cluster.OutputAsync("partition", "balance", "--execute");
        await cluster.OutputAsync("partition", "reassign", "status", "--wait");
        Assert.Contains("--plan is not a plan; allowed: {\"version\":1", await cluster.ErrorAsync(1, "partition", "reassign", "execute", "--plan", "{"));
        Assert.Contains("Where to? Allowed: --brokers with some of 1,2,3.", await cluster.ErrorAsync(1, "partition", "reassign", "plan", "-t", "moved"));
    }

    [Fact]
    public async Task Settings_are_told_with_their_source_and_set_at_run_time()
    {
        await cluster.OutputAsync("topic", "create", "settings", "-c", "retention.ms=5000");
        Assert.Equal("topic", await SourceAsync("settings", "retention.ms"));
        Assert.Contains("configuration file", await cluster.OutputAsync("config", "describe", "-b", "2", "-m", "^node.id$", "--explain"));

        await cluster.OutputAsync("config", "set", "--cluster", "-s", "min.insync.replicas=2");
        Assert.Equal("default", await SourceAsync("settings", "min.insync.replicas"));
        await cluster.OutputAsync("config", "set", "--cluster", "-s", "min.insync.replicas=2", "--execute");
        Assert.Equal("cluster, run time", await SourceAsync("settings", "min.insync.replicas"));
        Assert.Contains("min.insync.replicas", await cluster.OutputAsync("config", "describe", "--cluster"));
        await cluster.OutputAsync("config", "set", "--cluster", "-u", "min.insync.replicas", "--execute");
        Assert.Equal("default", await SourceAsync("settings", "min.insync.replicas"));
        Assert.Contains("Allowed: one of --topic NAME, --broker ID, --cluster.", await cluster.ErrorAsync(1, "config", "describe"));
    }

    private async Task<string?> SourceAsync(string topic, string setting) =>
        (await cluster.JsonAsync("config", "describe", "-t", topic, "-m", $"^{setting}$"))[0].GetProperty("source").GetString();
}
