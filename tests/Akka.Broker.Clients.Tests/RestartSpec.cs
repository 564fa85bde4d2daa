using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>What producers, groups and topics must find again over a clean stop, and what of it over kill -9: all that was acknowledged.</summary>
public sealed class RestartSpec : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Groups_offsets_producers_and_synced_records_are_kept(bool isKilled)
    {
        var data = _folder.File("data");
        await using var broker = await BrokerProcess.StartAsync(data, CheckedBroker.Settings);
        var member = await RunAsync("group_checks.py", "static", broker.Bootstrap, "offsets_before");
        var producer = await RunAsync("produce_checks.py", "producer", broker.Bootstrap, "idempotence_before");
        await RunAsync("log_checks.py", "flushed", broker.Bootstrap, "flushed", data);

        if (isKilled)
            await broker.KillAsync();
        else
            Assert.Equal(0, (await broker.StopAsync()).ExitCode);
        await broker.StartAsync();

        await RunAsync("group_checks.py", "ok", [broker.Bootstrap, "offsets_after", .. member]);
        await RunAsync("produce_checks.py", "ok", [broker.Bootstrap, "idempotence_after", .. producer, "5"]);
        await RunAsync("log_checks.py", "ok", broker.Bootstrap, "flushed_is_there", data);
    }

    /// <summary>The words behind the awaited one, of the first line that begins with it.</summary>
    private static async Task<string[]> RunAsync(string script, string awaited, params string[] arguments)
    {
        var end = (await Python.RunAsync(script, arguments)).MustSucceed();
        return end.Lines.First(l => l.StartsWith(awaited + " ", StringComparison.Ordinal)).Split(' ')[1..];
    }
}
