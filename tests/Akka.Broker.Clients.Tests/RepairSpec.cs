using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>Bytes turn over on the disks of brokers that run, and come back from the other brokers' disks.</summary>
public sealed partial class RepairSpec
{
    private const int Records = 20_000;

    [Fact]
    public async Task Damage_on_a_leaders_and_a_followers_disk_is_repaired_while_they_run()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_ => ["akka.broker.log.scrub.interval.ms=1000"]);
        await Admin.CreateTopicAsync(cluster.Bootstrap, "t", 1, "replicas=3", "segment.bytes=65536");
        (await Tool.RunShellAsync($"seq 1 {Records} | kcat -b {cluster.Bootstrap} -P -t t -p 0 -X acks=all -X batch.num.messages=200")).MustSucceed();
        var leader = await LeaderAsync(cluster);
        var follower = leader == 1 ? 2 : 1;
        var sound = await ClosedSegmentsAsync(cluster);
        Assert.True(sound.Count >= 3, $"{sound.Count} closed segments");

        // A record of the follower's first segment; the format's number of the leader's second, without which there is no header to go by.
        Flip(cluster, follower, sound[0], 200);
        Flip(cluster, leader, sound[1], 16);
        var consumed = await Tool.RunShellAsync($"kcat -b {cluster.Bootstrap} -C -t t -o beginning -e -q");
        await UntilAsync(() => cluster.Nodes[follower - 1].Errors.Contains("Repaired ", StringComparison.Ordinal), "the follower's repair");
        await UntilAsync(() => cluster.Nodes[leader - 1].Errors.Contains("Repaired ", StringComparison.Ordinal), "the leader's repair");

        Assert.Equal(Enumerable.Range(1, Records).Select(n => n.ToString(CultureInfo.InvariantCulture)), consumed.MustSucceed().Lines);
        Assert.Contains($"from broker {leader}", cluster.Nodes[follower - 1].Errors);
        Assert.Contains($"is damaged at byte 0 of {sound[1].Length}", cluster.Nodes[leader - 1].Errors);
        await Task.WhenAll(cluster.Nodes.Select(n => n.StopAsync()));
        foreach (var node in cluster.Nodes)
        {
            (await Tool.RunAsync("dotnet", Repository.BrokerDll, "verify", node.DataFolder)).MustSucceed();
            foreach (var (name, bytes) in sound)
                Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(node.DataFolder, "t-0", name)));
        }
    }

    private static async Task<int> LeaderAsync(ThreeBrokers cluster)
    {
        var listing = (await Tool.RunAsync("kcat", "-b", cluster.Bootstrap, "-L", "-t", "t")).MustSucceed();
        return int.Parse(LeaderLine().Match(listing.Output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Those that all three brokers have, byte for byte, without the last.</summary>
    private static async Task<List<Segment>> ClosedSegmentsAsync(ThreeBrokers cluster)
    {
        List<Segment> segments = [];
        await UntilAsync(
            () =>
            {
                var all = cluster.Nodes.Select(SegmentsOf).ToList();
                segments = all[0];
                return segments.Count > 1 && all.TrueForAll(s => s.Count == segments.Count && s.Zip(segments).All(p => p.First.Name == p.Second.Name && p.First.Bytes.AsSpan().SequenceEqual(p.Second.Bytes)));
            },
            "the same segments everywhere");
        return segments[..^1];
    }

    private static List<Segment> SegmentsOf(BrokerProcess node) =>
        [.. Directory.GetFiles(Path.Combine(node.DataFolder, "t-0"), "*.log").Order(StringComparer.Ordinal).Select(f => new Segment(Path.GetFileName(f), ReadShared(f)))];

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void Flip(ThreeBrokers cluster, int broker, Segment segment, int position)
    {
        using var file = new FileStream(Path.Combine(cluster.Nodes[broker - 1].DataFolder, "t-0", segment.Name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position;
        file.WriteByte((byte)(segment.Bytes[position] ^ 0x20));
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
            Assert.True(await poll.WaitForNextTickAsync(limit.Token), $"In vain: {what}");
    }

    private sealed record Segment(string Name, byte[] Bytes)
    {
        public int Length => Bytes.Length;
    }

    [GeneratedRegex(@"partition 0, leader (\d+)")]
    private static partial Regex LeaderLine();
}
