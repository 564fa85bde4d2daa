using System.Security.Cryptography;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>What goes in comes out, bit for bit, though the broker is killed in the middle.</summary>
public sealed class DurabilitySpec : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task A_real_log_comes_out_as_it_went_in_across_a_kill_in_the_middle(string codec)
    {
        var keyed = codec is "none" or "lz4";
        var original = _folder.File("original.log");
        RealLog.Write(original, keyed);
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));
        await Admin.CreateTopicAsync(broker.Bootstrap, "log");

        var key = keyed ? $"-K '{RealLog.KeyDelimiter}'" : "";
        await using var producer = Tool.Shell(
            $"kcat -b {broker.Bootstrap} -P -E -t log {key} -z {codec} -X enable.idempotence=true -X linger.ms=5 -X reconnect.backoff.max.ms=200 < '{original}'");
        await HalfInAsync(_folder.File("data"), codec, producer);
        await broker.KillAsync();
        await broker.StartAsync();
        (await producer.EndAsync()).MustSucceed();

        var returned = _folder.File("returned.log");
        var format = keyed ? $"-f '%k{RealLog.KeyDelimiter}%s\\n'" : "-f '%s\\n'";
        (await Tool.RunShellAsync($"kcat -b {broker.Bootstrap} -C -t log -o beginning -e -q -E {format} > '{returned}'")).MustSucceed();
        Assert.Equal(Sha256(original), Sha256(returned));
    }

    [Fact]
    public async Task An_idempotent_producer_rides_through_ten_kills_without_loss_duplicate_or_disorder()
    {
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"));
        await Admin.CreateTopicAsync(broker.Bootstrap, "stream");
        await using var producer = Python.Start("idempotent_stream.py", broker.Bootstrap, "stream");

        for (var kill = 1; kill <= 10; kill++)
        {
            var enough = Sent(producer) + 1500;
            await producer.LineAsync(line => line.StartsWith("sent ", StringComparison.Ordinal) && int.Parse(line[5..]) >= enough);
            await broker.KillAsync();
            await broker.StartAsync();
        }

        await producer.Input.WriteLineAsync("stop");
        await producer.Input.FlushAsync();
        var done = (await producer.EndAsync()).MustSucceed();
        var count = int.Parse(done.Lines.Single(l => l.StartsWith("done ", StringComparison.Ordinal))[5..]);

        var consumed = (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-C", "-t", "stream", "-o", "beginning", "-e", "-q")).MustSucceed();
        Assert.Equal(Enumerable.Range(0, count).Select(n => n.ToString()), consumed.Lines);
    }

    private static int Sent(Tool producer) =>
        producer.Output.Split('\n').Where(l => l.StartsWith("sent ", StringComparison.Ordinal)).Select(l => int.Parse(l[5..])).LastOrDefault();

    /// <summary>Completes when the log on disk holds about a third of what compresses worst; the producer is then in its middle.</summary>
    private static async Task HalfInAsync(string dataFolder, string codec, Tool producer)
    {
        var enough = ((long)RealLog.MebiBytes << 20) / (codec == "none" ? 2 : 12);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (await poll.WaitForNextTickAsync(limit.Token))
        {
            if (producer.HasExited || LogBytes(dataFolder) >= enough)
                return;
        }
    }

    private static long LogBytes(string dataFolder) =>
        new DirectoryInfo(Path.Combine(dataFolder, "log-0")) is { Exists: true } folder ? folder.EnumerateFiles("*.log").Sum(f => f.Length) : 0;

    private static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
