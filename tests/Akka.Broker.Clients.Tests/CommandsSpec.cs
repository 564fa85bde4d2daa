using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>The commands beside the broker itself, as an operator runs them.</summary>
public sealed class CommandsSpec : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync("dotnet", [Repository.BrokerDll, .. arguments]);

    [Fact]
    public async Task Check_shows_settings_with_their_source_and_starts_nothing()
    {
        await File.WriteAllTextAsync(_folder.File("my.conf"), $"akka.broker {{ node-id = 4, data-dirs = [\"{_folder.File("data")}\"] }}");

        var end = await RunAsync("check", "--config", _folder.File("my.conf"), "--set", "akka.broker.kafka.port=1234");

        Assert.Equal(0, end.ExitCode);
        Assert.Contains($"akka.broker.node-id = 4  # {_folder.File("my.conf")}", end.Lines);
        Assert.Contains("akka.broker.kafka.port = 1234  # --set", end.Lines);
        Assert.Contains("akka.broker.http.port = 9180  # default", end.Lines);
        Assert.False(Directory.Exists(_folder.File("data")));
    }

    [Fact]
    public async Task Check_tells_every_mistake_and_fails()
    {
        var end = await RunAsync("check", "--changed", "--set", "akka.broker.node-id=x", "--set", "akka.broker.nodeid=1");

        Assert.Equal(2, end.ExitCode);
        Assert.Equal(2, end.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_folder_is_verified_dumped_and_its_damage_found()
    {
        var data = _folder.File("data");
        await using (var broker = await BrokerProcess.StartAsync(data))
        {
            (await Tool.RunShellAsync($"printf 'k:hello\\n' | kcat -b {broker.Bootstrap} -P -t t -K:")).MustSucceed();
            Assert.Equal(2, (await RunAsync("verify", data)).ExitCode);
            await broker.StopAsync();
        }

        Assert.Equal(0, (await RunAsync("verify", data)).ExitCode);
        var log = Path.Combine(data, "t-0", "00000000000000000000.log");
        var dump = (await RunAsync("dump-log", "--records", log)).MustSucceed();
        Assert.Contains(dump.Lines, l => l.Contains("key: k value: hello", StringComparison.Ordinal));

        await using (var file = new FileStream(log, FileMode.Open))
        {
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(0xff);
        }

        var repair = await RunAsync("repair", "--dry-run", data);
        Assert.Equal(1, repair.ExitCode);
        Assert.Contains(repair.Lines, l => l.StartsWith("DAMAGED", StringComparison.Ordinal));
        Assert.Equal(2, (await RunAsync("repair", data)).ExitCode);
    }
}
