using Akka.Broker.Controller;
using Akka.Broker.Quorum;
using Akka.Broker.Repair;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Quorum;

/// <summary>Bytes of the metadata log and its snapshots that turn over on a voter's disk, while it runs and while it is down.</summary>
public sealed class MetadataLogDamageSpec : IAsyncLifetime
{
    private const string Folder = "data/__cluster_metadata-0";
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(20);

    private readonly QuorumTestNetwork _network = new();
    private readonly Dictionary<int, MemoryDisk> _disks = [];
    private readonly List<QuorumNode> _nodes = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_closed_segment_gives_way_to_a_snapshot_on_whoever_leads(bool isLeader)
    {
        await FormAsync(3);
        await CreateAsync(10);
        var victim = _nodes.First(n => n.Port.Status.MayDecide == isLeader);
        var log = LogOf(victim);
        await log.RollAsync();
        await CreateAsync(3, from: 10);
        await AwaitTopicsAsync(victim, 13);
        var (epoch, end) = (victim.Port.Status.Epoch, victim.Port.Status.LogEndOffset);
        Flip(victim.Id, Segments(victim.Id)[0], Middle(victim.Id));

        victim.Logs.Copies = CopiesOf(victim);
        victim.Logs.Scrub();

        Assert.Empty(victim.Logs.Scrubbing.Damaged);
        Assert.True(victim.Port.Status.LogStartOffset > 0);
        // It votes, leads and counts as before: nothing at the log's end has changed.
        Assert.True(victim.Port.Status.LogEndOffset >= end);
        Assert.Equal(epoch, victim.Port.Status.Epoch);
        Assert.Null(OwedBy(victim.Id));
        await CreateAsync(1, from: 13);
        await RestartAsync(victim);
        await AwaitTopicsAsync(_nodes[^1], 14);
        // Who knows nothing yet learns from a snapshot and what follows.
        await Start(4, learnFrom: _nodes[0].Port.Status.Voters).RegisterAsync(_nodes);
        Assert.Equal(14, _nodes[^1].Metadata.Current.Topics.Count);
    }

    [Fact]
    public async Task A_follower_that_asks_a_leader_for_what_that_cannot_read_is_served_by_a_snapshot()
    {
        await FormAsync(1);
        await CreateAsync(13);
        // What it has appended itself it would serve from memory.
        await RestartAsync(_nodes[0]);
        await LogOf(_nodes[0]).RollAsync();
        Flip(1, Segments(1)[0], Middle(1));

        var learner = Start(2, learnFrom: _nodes[0].Port.Status.Voters);
        await learner.RegisterAsync(_nodes);

        Assert.Equal(13, learner.Metadata.Current.Topics.Count);
        Assert.True(_nodes[0].Port.Status.LogStartOffset > 0);
    }

    [Fact]
    public async Task A_leaders_snapshot_that_is_not_whole_any_more_is_made_again_for_who_needs_it()
    {
        await FormAsync(1, snapshotBytes: 4000);
        var topics = 0;
        while (topics < 300 && _nodes[0].Port.Status.LogStartOffset == 0)
            await CreateAsync(1, from: topics++);
        await _nodes[0].Port.WaitForAsync(s => s.LogStartOffset > 0).WaitAsync(Enough);
        foreach (var snapshot in Snapshots(1))
            Flip(1, snapshot, 300);

        var learner = Start(2, learnFrom: _nodes[0].Port.Status.Voters);
        await learner.RegisterAsync(_nodes);

        Assert.Equal(topics, learner.Metadata.Current.Topics.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70)]
    public async Task A_voter_whose_log_was_damaged_while_it_was_down_fetches_it_again_and_owes_it_until_then(int byteOfBatch)
    {
        await FormAsync(3);
        await CreateAsync(10);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        await AwaitTopicsAsync(victim, 10);
        var end = await StopAsync(victim);
        Flip(victim.Id, Segments(victim.Id)[0], BatchIn(victim.Id, Middle(victim.Id)) + byteOfBatch);
        foreach (var other in _nodes)
            _network.Cut(victim.Id, other.Id);

        var back = Start(victim.Id);
        // Nobody answers yet: it must not have forgotten what it had said is on its disk.
        await back.Port.WaitForAsync(s => s.LogEndOffset > 0 && s.Voters.Count == 3).WaitAsync(Enough);
        Assert.True(back.Port.Status.LogEndOffset < end.Offset);
        Assert.Equal(end, OwedBy(victim.Id));
        Assert.Equal(QuorumRole.Unattached, back.Port.Status.Role);

        _network.Heal();
        await back.RegisterAsync(_nodes);
        Assert.Equal(10, back.Metadata.Current.Topics.Count);
        Assert.Null(OwedBy(victim.Id));
    }

    [Fact]
    public async Task A_voter_that_cut_its_log_lets_nobody_win_who_lacks_what_it_had()
    {
        await FormAsync(3);
        var leader = _nodes.Single(n => n.Port.Status.MayDecide);
        var (keeper, behind) = (_nodes.First(n => n != leader), _nodes.Last(n => n != leader));
        // What follows is committed by the leader and the keeper alone.
        foreach (var other in new[] { leader, keeper })
            _network.Cut(behind.Id, other.Id);
        // A fetch that the controller holds is still answered.
        await behind.Port.WaitForAsync(s => s.LeaderId < 0).WaitAsync(Enough);
        await QuorumNode.CreateAsync([leader, keeper], "acknowledged", leader.Id);
        await AwaitTopicsAsync(keeper, 1);
        await StopAsync(keeper);
        await StopAsync(leader);
        Flip(keeper.Id, Segments(keeper.Id)[0], BatchIn(keeper.Id, Middle(keeper.Id)) + 70);
        _network.Heal();

        var back = Start(keeper.Id);
        await back.Port.WaitForAsync(s => s.Voters.Count == 3).WaitAsync(Enough);
        // Each of the two is a majority with the other, and neither may lead. A dozen claims come to nothing.
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(
            back.Port.WaitForAsync(s => s.LeaderId >= 0), behind.Port.WaitForAsync(s => s.MayDecide)).WaitAsync(TimeSpan.FromSeconds(4)));

        await Start(leader.Id).RegisterAsync(_nodes);
        await back.RegisterAsync(_nodes);
        foreach (var node in _nodes)
            await node.Metadata.WaitForAsync(i => i.Topics.ContainsKey("acknowledged")).WaitAsync(Enough);
    }

    [Fact]
    public async Task A_start_passes_over_damage_that_its_newest_snapshot_stands_for()
    {
        await FormAsync(1, snapshotBytes: 4000);
        var topics = 0;
        while (topics < 300 && Snapshots(1).Count < 3)
            await CreateAsync(1, from: topics++);
        await CreateAsync(2, from: topics);
        await StopAsync(_nodes[0]);
        Flip(1, Segments(1)[0], 200);

        await Start(1).RegisterAsync(_nodes);

        Assert.Equal(topics + 2, _nodes[0].Metadata.Current.Topics.Count);
    }

    [Fact]
    public async Task A_start_goes_on_from_the_snapshot_before_when_the_newest_is_damaged()
    {
        await FormAsync(1, snapshotBytes: 4000);
        var topics = 0;
        while (topics < 300 && Snapshots(1).Count < 3)
            await CreateAsync(1, from: topics++);
        await StopAsync(_nodes[0]);
        Flip(1, Snapshots(1)[^1], 10);

        await Start(1).RegisterAsync(_nodes);

        Assert.Equal(topics, _nodes[0].Metadata.Current.Topics.Count);
    }

    [Fact]
    public async Task A_node_that_cannot_mend_its_log_says_so_and_changes_nothing()
    {
        await FormAsync(1);
        await CreateAsync(10);
        await StopAsync(_nodes[0]);
        var length = _disks[1].FileLength($"{Folder}/{Segments(1)[0]}");
        Flip(1, Segments(1)[0], Middle(1));

        using var logs = QuorumNode.OpenLogs(1, _disks[1]);
        var refused = Assert.Throws<MetadataLogDamagedException>(() => QuorumBootstrap.Inspect(logs));
        await Assert.ThrowsAsync<MetadataLogDamagedException>(() => QuorumLog.OpenAsync(logs, _ => { }, _ => { }));

        Assert.Contains("Restore the folder from a backup", refused.Message);
        Assert.Equal(length, _disks[1].FileLength($"{Folder}/{Segments(1)[0]}"));
    }

    [Fact]
    public async Task A_node_whose_snapshots_are_all_damaged_begins_anew_under_another_directory_id()
    {
        await FormAsync(3, snapshotBytes: 4000);
        var topics = 0;
        while (topics < 300 && !_nodes.All(n => Segments(n.Id) is [var first, ..] && first[0..20].Trim('0').Length > 0 && LogOf(n).LogStartOffset > 0))
            await CreateAsync(1, from: topics++);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        var before = victim.Logs.DirectoryIds[0];
        await StopAsync(victim);
        foreach (var snapshot in Snapshots(victim.Id))
            Flip(victim.Id, snapshot, 10);
        var disk = _disks[victim.Id];
        using (var logs = QuorumNode.OpenLogs(victim.Id, disk))
            Assert.Contains("HACKING.md", Assert.Throws<MetadataLogDamagedException>(() => QuorumBootstrap.Inspect(logs)).Message);

        // What HACKING says.
        disk.DeleteFolder(Folder);
        Rewrite(disk, "data/meta.properties", text => string.Join('\n', text.Split('\n').Where(line => !line.StartsWith("directory.id=", StringComparison.Ordinal))));
        var back = Start(victim.Id, learnFrom: _nodes[0].Port.Status.Voters, seed: 100);
        await back.RegisterAsync(_nodes);

        Assert.Equal(topics, back.Metadata.Current.Topics.Count);
        var after = back.Logs.DirectoryIds[0];
        Assert.NotEqual(before, after);
        await back.Port.WaitForAsync(s => s.Voters.Count == 3 && s.Voters.Contains(new ReplicaKey(victim.Id, after))).WaitAsync(Enough);
    }

    private static PartitionLog LogOf(QuorumNode node) => node.Logs.Get(MetadataLog.Id.TopicPartition)!;

    private static ReplicaCopies CopiesOf(QuorumNode node) => new(node.Id, node.Metadata, "BROKER", null!, node.Port);

    private static Task AwaitTopicsAsync(QuorumNode node, int count) => node.Metadata.WaitForAsync(i => i.Topics.Count >= count).WaitAsync(Enough);

    private static void Rewrite(MemoryDisk disk, string path, Func<string, string> change)
    {
        using var file = disk.Open(path, DiskFileMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        var next = System.Text.Encoding.UTF8.GetBytes(change(System.Text.Encoding.UTF8.GetString(bytes)));
        file.SetLength(0);
        file.Write(0, next);
        file.Sync();
    }

    private List<string> Segments(int id) => [.. _disks[id].FilesIn(Folder).Where(f => f.EndsWith(".log", StringComparison.Ordinal))];

    private List<string> Snapshots(int id) => [.. _disks[id].FilesIn(Folder).Where(f => f.EndsWith(".checkpoint", StringComparison.Ordinal))];

    private int Middle(int id) => (int)_disks[id].FileLength($"{Folder}/{Segments(id)[0]}") / 2;

    private LogPosition? OwedBy(int id) => ElectionStateFile.Read(_disks[id], Folder)!.Owed;

    /// <summary>Where the first batch behind a byte of the first segment begins.</summary>
    private int BatchIn(int id, int position)
    {
        using var file = _disks[id].Open($"{Folder}/{Segments(id)[0]}", DiskFileMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        ReadOnlyMemory<byte> rest = bytes;
        while (Protocol.Records.RecordBatch.TryRead(rest, out var batch) && bytes.Length - rest.Length < position)
            rest = rest[batch.SizeInBytes..];
        return bytes.Length - rest.Length;
    }

    private void Flip(int id, string name, int position)
    {
        using var file = _disks[id].Open($"{Folder}/{name}", DiskFileMode.Open);
        var one = new byte[1];
        file.Read(position, one);
        file.Write(position, [(byte)(one[0] ^ 0x40)]);
        file.Sync();
    }

    private async Task CreateAsync(int count, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            await QuorumNode.CreateAsync(_nodes, $"topic-{i}", _nodes[0].Id);
    }

    /// <summary>Ends it, such that the next start need not look for a torn end, and says where its log ends.</summary>
    private async Task<LogPosition> StopAsync(QuorumNode node)
    {
        _nodes.Remove(node);
        await node.KillAsync();
        using var logs = QuorumNode.OpenLogs(node.Id, _disks[node.Id]);
        var end = QuorumBootstrap.Inspect(logs).LogEnd;
        await logs.CloseCleanlyAsync();
        return end;
    }

    private async Task RestartAsync(QuorumNode node)
    {
        await StopAsync(node);
        await Start(node.Id).RegisterAsync(_nodes);
    }

    private async Task FormAsync(int voters, long snapshotBytes = long.MaxValue)
    {
        var ids = Enumerable.Range(1, voters).ToList();
        foreach (var id in ids)
            _disks[id] = new MemoryDisk();
        var set = new VoterSet(ids.Select(id => QuorumNode.VoterOf(id, QuorumNode.DirectoryOf(_disks[id], id))));
        foreach (var id in ids)
            _nodes.Add(QuorumNode.Start(id, _network, _disks[id], new QuorumNodeOptions(set) { SnapshotBytes = snapshotBytes }));
        foreach (var node in _nodes)
            await node.RegisterAsync(_nodes);
    }

    private QuorumNode Start(int id, VoterSet? learnFrom = null, int seed = 0)
    {
        if (!_disks.TryGetValue(id, out var disk))
            _disks[id] = disk = new MemoryDisk();
        var node = QuorumNode.Start(id, _network, disk, new QuorumNodeOptions { LearnFrom = learnFrom ?? VoterSet.Empty, Seed = seed });
        _nodes.Add(node);
        return node;
    }
}
