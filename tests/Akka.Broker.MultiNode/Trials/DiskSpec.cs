using Akka.Broker.MultiNode.Lab;
using Akka.Broker.Protocol.Messages;
using Xunit.Abstractions;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>Disks that fail, by a test host that has the product's disk seam in its hands.</summary>
public sealed class DiskSpec(ITestOutputHelper output)
{
    private const int DiskFailed = 4;
    private const string TwoFolders = "akka.broker.data-dirs=[\"{data}/one\", \"{data}/two\"]";

    /// <summary>Clients ask for metadata and begin anew; the machine may be busy.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    [MatrixFact]
    public Task Leader_whose_disk_fails_is_replaced_and_serves_again_after_a_restart() => TryAsync("disk-error", "Write,Sync error disk-error", async (trial, broken) =>
    {
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
        Assert.True(broken.IsRunning);
        await broken.BreakDiskAsync("none");
        await broken.KillAsync();
        await Cluster.RestartAsync(broken);
    });

    [MatrixFact]
    public Task Data_folder_that_dies_takes_its_replicas_alone() =>
        TryAsync("disk-folder", "Open,Write,SetLength,Sync,Move error /two/", FolderGoesOfflineAloneAsync, TwoFolders);

    [MatrixFact]
    public Task Data_folder_that_can_only_be_written_to_takes_its_replicas_alone() => TryAsync("disk-read", "Read error /two/", FolderGoesOfflineAloneAsync, TwoFolders);

    [MatrixFact]
    public Task Node_whose_metadata_log_fails_ends_itself() => TryAsync("disk-metadata", "Open,Write,SetLength,Sync,Move error /one/", async (trial, broken) =>
    {
        Assert.Equal(DiskFailed, await broken.EndAsync(TimeSpan.FromSeconds(30)));
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
        await broken.BreakDiskAsync("none");
        await Cluster.RestartAsync(broken);
    }, TwoFolders);

    [MatrixFact]
    public Task Leader_whose_disk_is_full_serves_again_when_there_is_space() => TryAsync("disk-full", "Write full disk-full", async (trial, broken) =>
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        trial.Fault("space again", measured: false);
        await broken.BreakDiskAsync("none");
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
    }, isShort: false);

    private static async Task FolderGoesOfflineAloneAsync(Trial trial, Node broken)
    {
        await trial.MoreAcksAsync(2000, TimeSpan.FromMinutes(2));
        var folders = (await WireClient.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(broken, new DescribeLogDirsRequest { Topics = null }, 4)).Results;
        Assert.Equal(["one None", "two KafkaStorageError"], folders.Select(f => $"{Path.GetFileName(f.LogDir)} {f.ErrorCode}").Order());
        Assert.Contains(folders, f => f.Topics.Exists(t => t.Name == trial.Topic));
        var partitions = (await trial.Cluster.MetadataAsync(broken, trial.Topic)).Topics[0].Partitions;
        Assert.Contains(partitions, p => p.OfflineReplicas.SequenceEqual([broken.Id]) && !p.IsrNodes.Contains(broken.Id));
        Assert.True(broken.IsRunning);
        await broken.BreakDiskAsync("none");
        await broken.StopAsync();
        await Cluster.RestartAsync(broken);
    }

    private async Task TryAsync(string topic, string how, Func<Trial, Node, Task> then, string? setting = null, bool isShort = true)
    {
        await Needs.NetworkAsync();
        await using var cluster = await Cluster.StartAsync(3, hasFaultyDisks: true, settings: ["akka.broker.offsets.topic.num.partitions=6", .. setting is null ? [] : new[] { setting }]);
        var result = await Trial.RunAsync(cluster, topic, new TrialOptions(), async trial =>
        {
            var leader = await cluster.LeaderAsync(topic, 0);
            trial.Fault($"disk of node {leader.Id}: {how}");
            await leader.BreakDiskAsync(how);
            await then(trial, leader);
        });
        output.WriteLine(result.ToString());
        result.MustBeClean();
        if (isShort)
            Assert.True(result.GapMax < SilenceMax, result.ToString());
    }
}
