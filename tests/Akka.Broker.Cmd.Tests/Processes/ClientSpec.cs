extern alias pbm;
using Akka.Broker.Clients.Tests.Support;
using pbm::Pbm;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>The program itself: exit codes, standard input, files, interruption.</summary>
[Collection(OneNode.Name)]
public sealed class ClientSpec(OneNode node)
{
    [Fact]
    public async Task Exit_codes_tell_done_failed_refused_and_no_host_apart()
    {
        Assert.Contains("connected to", await node.OutputAsync("cluster", "show"));
        Assert.Contains("There is no topic 'nix'", await node.ErrorAsync(1, "topic", "describe", "nix"));
        Assert.Contains("There is no palette 'nix'; there are bench, broker, cluster, config, controller, group, partition, topic.", await node.ErrorAsync(2, "nix"));
        var lost = await Tool.RunAsync(Cluster.Executable, $"127.0.0.1:{FreePorts.Tcp()}", "cluster", "show");
        Assert.Equal(3, lost.ExitCode);
        Assert.Contains("No host of palettes at", lost.Errors);
    }

    [Fact]
    public async Task A_script_on_standard_input_stops_at_the_first_line_that_fails()
    {
        await using var script = node.Start();
        await script.Input.WriteAsync("# a remark\n\ntopic create 'scripted' -p 2\ntopic describe nix\ntopic create never\n");
        script.Input.Close();
        var end = await script.EndAsync();

        Assert.Equal(1, end.ExitCode);
        Assert.Contains("Topic scripted is made: 2 partitions", end.Output);
        Assert.DoesNotContain("never", end.Output);
    }

    [Fact]
    public async Task A_value_is_taken_from_a_file_or_standard_input()
    {
        await node.OutputAsync("topic", "create", "lines");
        var file = Path.Combine(node.Folder, "lines.txt");
        await File.WriteAllTextAsync(file, "one\ntwo\n");
        Assert.Contains("lines-0 has them at offsets 0 to 1.", await node.OutputAsync("topic", "produce", "lines", "--lines", $"@{file}"));

        await using var piped = node.Start("topic", "produce", "lines", "--lines", "@-");
        await piped.Input.WriteAsync("three\nfour\nfive\n");
        piped.Input.Close();
        Assert.Contains("lines-0 has them at offsets 2 to 4.", (await piped.EndAsync()).MustSucceed().Output);
        Assert.Equal(2, (await node.PbmAsync("topic", "produce", "lines", "--lines", "@/no/such/file")).ExitCode);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_stream_ends_in_order_when_it_is_interrupted(string signal)
    {
        var topic = $"streamed-{signal}";
        await node.OutputAsync("topic", "create", topic);
        await using var tail = node.Start("topic", "tail", topic, "--from", "earliest");
        await node.OutputAsync("topic", "produce", topic, "-v", "first", "-k", "key");
        Assert.Contains("key  first", await tail.LineAsync(l => l.StartsWith($"{topic}-0  0  ", StringComparison.Ordinal)));
        await node.OutputAsync("topic", "produce", topic, "-v", "second");
        Assert.EndsWith("-  second", await tail.LineAsync(l => l.StartsWith($"{topic}-0  1  ", StringComparison.Ordinal)));

        await tail.SignalAsync(signal);
        (await tail.EndAsync()).MustSucceed();
    }

    [Fact]
    public async Task Completion_and_help_are_the_hosts_own()
    {
        Assert.Contains("add-partitions", await node.OutputAsync("help", "topic"));
        Assert.Contains("--replication-factor", await node.OutputAsync("topic", "create", "--help"));
        Assert.StartsWith("0.", (await Tool.RunAsync(Cluster.Executable, "--version")).MustSucceed().Output);
    }

    [Fact]
    public async Task Names_of_what_there_is_are_told_for_completion()
    {
        await node.OutputAsync("topic", "create", "named");
        Assert.Contains("named\n", await node.OutputAsync("cluster", "names", "topic"));
        Assert.Equal("1\n", await node.OutputAsync("cluster", "names", "--of", "node"));
        Assert.Contains("retention.ms=\n", await node.OutputAsync("cluster", "names", "set"));
        Assert.Contains("There are no names of 'nix'", await node.ErrorAsync(1, "cluster", "names", "nix"));
        using var client = await CmdClient.ConnectAsync(HostAddress.TryParse(node.Address, out var address) ? address : default);
        Assert.Contains(("named", "topic"), await client.CompleteAsync(["topic", "describe", "na"]));
        Assert.Equal([("1", "broker")], await client.CompleteAsync(["config", "describe", "--broker", ""]));
        Assert.Equal([("retention.bytes=", "set"), ("retention.ms=", "set")], await client.CompleteAsync(["topic", "alter", "named", "--set", "retention."]));
    }

    [Fact]
    public async Task A_second_broker_goes_on_without_pbm_where_its_port_is_taken()
    {
        await using var other = BrokerProcess.Launch(Path.Combine(node.Folder, "other"), 0, $"petabridge.cmd.port={node.Address.Split(':')[1]}");
        await other.LineAsync(l => l.StartsWith("ready", StringComparison.Ordinal));
        await Cluster.UntilAsync("it warns", () => Task.FromResult(other.Errors.Contains("WARNING pbm's commands are not taken at 127.0.0.1:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bench_tells_how_fast_writing_and_reading_were()
    {
        await node.OutputAsync("topic", "create", "benched", "-p", "3");
        var written = await node.JsonAsync("bench", "produce", "benched", "-n", "5050", "-s", "50");
        Assert.Equal(5050, written.GetProperty("records").GetInt64());
        Assert.True(written.GetProperty("recordsASecond").GetDouble() > 0);
        var read = await node.JsonAsync("bench", "consume", "benched");
        Assert.Equal(5050, read.GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task The_level_of_the_metadata_is_told_and_is_not_raised_to_what_nobody_reads()
    {
        var told = await node.JsonAsync("controller", "level");
        var level = told.GetProperty("level").GetInt32();
        Assert.Equal(level, told.GetProperty("highestThatAllRead").GetInt32());
        Assert.Contains("Nothing is changed.", await node.OutputAsync("controller", "level", $"{level}"));
        Assert.Contains($"metadata.version is {level}.", await node.OutputAsync("controller", "level", $"{level}", "--execute"));
        Assert.Contains($"cannot be raised to {level + 1}", await node.ErrorAsync(1, "controller", "level", $"{level + 1}", "--execute"));
        Assert.Contains("cannot be lowered", await node.ErrorAsync(1, "controller", "level", "1", "--execute"));
    }

    [Fact]
    public async Task Controller_log_shows_decisions()
    {
        await node.OutputAsync("topic", "create", "decided");
        var log = await node.JsonAsync("controller", "log", "-c", "1000");
        Assert.Contains(log.EnumerateArray(), r => r.GetProperty("record").GetString() == "Topic" && r.GetProperty("content").GetString()!.Contains("decided", StringComparison.Ordinal));
        Assert.Equal(2, (await node.JsonAsync("controller", "log", "-o", "0", "-c", "2")).GetArrayLength());
    }
}
