using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>
/// A disk of a few megabytes that fills up under load: what is refused, what goes on, a kill and a start on the full disk, and that production goes on by itself
/// when an operator has made space.
/// <code>
///  load on "topic" ─▶ filler on "junk" ─▶ refused ─▶ reads, administration ─▶ to the last byte, kill -9, start ─▶ still refused ─▶ junk trimmed ─▶ load flows
/// </code>
/// </summary>
public sealed class SmallDiskSpec(ITestOutputHelper output)
{
    private const string Junk = "junk";
    private const int Megabytes = 96;
    private const string Settings = "akka.broker { offsets.topic.num.partitions = 3, log.segment.bytes = 1048576, log.file.delete.delay.ms = 1000 }";
    private static readonly TimeSpan FillLimit = TimeSpan.FromSeconds(60);

    /// <summary>Longer than a client takes to ask again.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    [SkippableFact]
    public Task A_broker_alone_refuses_is_killed_starts_and_takes_records_again() => TryAsync(nodes: 1, "full-alone");

    [MatrixFact]
    public Task One_of_three_with_full_disks_does_so_too() => TryAsync(nodes: 3, "full-among-three");

    private async Task TryAsync(int nodes, string topic)
    {
        await Needs.NetworkAsync();
        await SmallDisk.NeededAsync();
        await using var cluster = await Cluster.StartAsync(nodes, smallDiskMb: Megabytes, settings: Settings);
        var replicas = (short)nodes;
        var options = new TrialOptions { Replicas = replicas, MinInSync = Math.Min(nodes, 2), Members = 1, Rate = 200 };
        var result = await Trial.RunAsync(cluster, topic, options, async trial =>
        {
            await cluster.CreateTopicAsync(Junk, 1, replicas, ("min.insync.replicas", "1"));
            var full = await cluster.LeaderAsync(Junk, 0);
            await FillAsync(cluster, full);
            trial.Fault("disk full", measured: false);
            Assert.True(await trial.IsSilentAsync(Silence), $"Records are taken on a full disk.\n{full.Tail()}");
            Assert.Equal(ErrorCode.KafkaStorageError, await full.ProduceAsync(Junk, 0, new byte[100]));

            // Reads and administration go on.
            await cluster.CreateTopicAsync($"{topic}-while-full", 1, replicas);
            Assert.True(await Administration.LogBytesAsync(full, Junk, 0) > 0);
            await trial.ReadAllAsync();

            var otherProgram = SmallDisk.TakeAll(full.DataFolder);
            trial.Fault($"kill -9 with {SmallDisk.FreeBytes(full.DataFolder)} bytes left", measured: false);
            await full.KillAsync();
            await Cluster.RestartAsync(full);
            Assert.True(nodes > 1 || await trial.IsSilentAsync(Silence), "Records are taken on a full disk, after a start.");
            await trial.ReadAllAsync();

            File.Delete(otherProgram);
            Assert.True(await cluster.TrimAsync(Junk, 0) > 0);
            trial.Fault("space again", measured: false);
            await trial.MoreAcksAsync(500);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
    }

    private static async Task FillAsync(Cluster cluster, Node node)
    {
        var length = node.LogLength;
        var history = Path.Combine(cluster.Folder, "filler");
        await using var filler = ClientProcess.Start(cluster.Network.ClientNamespace, "writer.py", cluster.Bootstrap, Junk, "1", "99", history, "1", "500", "50000");
        await Until.TrueAsync("records are refused", FillLimit, () => Task.FromResult(node.LogSince(length).Any(l => l.Contains("records are refused", StringComparison.Ordinal))));
    }
}
