using System.Net;
using System.Net.Sockets;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>The executable as its operator meets it: the ready line, the stop, and every refusal.</summary>
public sealed class HostSpec : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_broker_says_when_it_is_ready_and_that_it_stopped_cleanly()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));

        var end = await broker.StopAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.Equal(2, end.Lines.Length);
        Assert.StartsWith("ready kafka=127.0.0.1:", end.Lines[0]);
        Assert.StartsWith("stopped", end.Lines[1]);
    }

    [Fact]
    public async Task Records_topics_and_offsets_survive_a_clean_stop()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));
        (await Tool.RunShellAsync($"seq 1 100 | kcat -b {broker.Bootstrap} -P -t kept")).MustSucceed();
        await broker.StopAsync();
        await broker.StartAsync();

        var read = (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-C", "-t", "kept", "-o", "beginning", "-e", "-q")).MustSucceed();
        Assert.Equal(100, read.Lines.Length);
    }

    [Fact]
    public async Task A_port_in_use_is_refused_and_nothing_is_written()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var line = await RefusedAsync(_folder.File("data"), port);

        Assert.Contains(port.ToString(), line);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public async Task A_second_broker_on_the_same_folder_is_refused()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));

        var line = await RefusedAsync(_folder.File("data"), 0);

        Assert.Contains(_folder.File("data"), line);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_refused()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "in the way");

        var line = await RefusedAsync(_folder.File("file/data"), 0);

        Assert.Contains(_folder.File("file/data"), line);
    }

    [Theory]
    [InlineData("akka.broker.no-such-key=1", "akka.broker.no-such-key")]
    [InlineData("akka.broker.node-id=many", "akka.broker.node-id")]
    public async Task A_wrong_key_or_value_is_refused_by_its_path(string setting, string path)
    {
        var line = await RefusedAsync(_folder.File("data"), 0, setting);

        Assert.Contains(path, line);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public async Task An_unknown_flag_is_refused()
    {
        var end = await Tool.RunAsync("dotnet", Repository.BrokerDll, "--no-such-flag");

        Assert.Equal(2, end.ExitCode);
        Assert.Contains("--no-such-flag", end.Errors);
    }

    private static async Task<string> RefusedAsync(string dataFolder, int port, params string[] settings)
    {
        await using var host = BrokerProcess.Launch(dataFolder, port, settings);
        var end = await host.EndAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(2, end.ExitCode);
        Assert.Empty(end.Output);
        return Assert.Single(end.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
