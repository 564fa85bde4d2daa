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

    /// <summary>Of the last segment.</summary>
    public enum Damage
    {
        InTheMiddle,
        InTheLastBatch,
        ZerosFromTheMiddleOn,
    }

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

    [Theory]
    [InlineData(Damage.InTheMiddle)]
    [InlineData(Damage.InTheLastBatch)]
    [InlineData(Damage.ZerosFromTheMiddleOn)]
    public async Task A_voter_that_crashed_and_whose_last_segment_is_damaged_owes_what_it_had_synced(Damage damage)
    {
        await FormAsync(3);
        await CreateAsync(10);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        await AwaitTopicsAsync(victim, 10);
        var end = await StopAsync(victim, clean: false);
        Harm(victim.Id, damage);
        foreach (var other in _nodes)
            _network.Cut(victim.Id, other.Id);

        var back = Start(victim.Id);
        // The log was opened, and its end cut off; nobody has told it of that yet.
        await back.Port.WaitForAsync(s => s.LogEndOffset > 0 && s.Voters.Count == 3).WaitAsync(Enough);
        Assert.True(back.Port.Status.LogEndOffset < end.Offset);
        Assert.Equal(end, OwedBy(victim.Id));
        Assert.Equal(QuorumRole.Unattached, back.Port.Status.Role);
        // Another crash does not make it forget.
        await StopAsync(back, clean: false);
        back = Start(victim.Id);
        await back.Port.WaitForAsync(s => s.LogEndOffset > 0).WaitAsync(Enough);
        Assert.Equal(end, OwedBy(victim.Id));

        _network.Heal();
        await back.RegisterAsync(_nodes);
        Assert.Equal(10, back.Metadata.Current.Topics.Count);
        Assert.Null(OwedBy(victim.Id));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x01)]
    public async Task Each_byte_at_the_end_of_a_log_that_turns_over_after_a_crash_is_found_and_its_loss_owed(int bits)
    {
        await FormAsync(3);
        await CreateAsync(4);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        await AwaitTopicsAsync(victim, 4);
        await victim.KillAsync();
        _nodes.Remove(victim);
        var (disk, segment) = (_disks[victim.Id], $"{Folder}/{Segments(victim.Id)[^1]}");
        LogPosition end;
        using (var logs = QuorumNode.OpenLogs(victim.Id, disk.Copy()))
            end = QuorumBootstrap.Inspect(logs).LogEnd;
        for (var at = BatchIn(victim.Id, Middle(victim.Id)); at < disk.FileLength(segment); at++)
        {
            var copy = disk.Copy();
            using (var file = copy.Open(segment, DiskFileMode.Open))
                file.Write(at, [(byte)(disk.ReadAll(segment)[at] ^ bits)]);
            using var logs = QuorumNode.OpenLogs(victim.Id, copy);
            var opened = await QuorumLog.OpenAsync(logs, _ => { }, _ => { });

            Assert.True(opened.EndOffset < end.Offset && opened.LastEpoch <= end.Epoch, $"byte {at}: {opened.LastEpoch}-{opened.EndOffset} of {end}");
            Assert.Equal(end, ElectionStateFile.Read(copy, Folder)!.Owed);
        }
    }

    [Fact]
    public async Task Voters_whose_last_write_was_torn_owe_nothing_and_elect_one_of_them()
    {
        await FormAsync(3);
        await CreateAsync(3);
        var gone = _nodes[0];
        foreach (var node in _nodes.ToList())
        {
            await StopAsync(node, clean: false);
            if (node == gone)
                continue;
            // The beginning of a batch that was not synced when the power went.
            using var file = _disks[node.Id].Open($"{Folder}/{Segments(node.Id)[^1]}", DiskFileMode.Open);
            var whole = new byte[file.Length];
            file.Read(0, whole);
            file.Write(file.Length, whole.AsSpan(BatchIn(node.Id, (int)file.Length - 1, last: true), 80));
            file.Sync();
        }

        var back = new[] { Start(2), Start(3) };
        foreach (var node in back)
            await node.RegisterAsync(_nodes);

        Assert.All(back, n => Assert.Null(OwedBy(n.Id)));
        Assert.All(back, n => Assert.Equal(3, n.Metadata.Current.Topics.Count));
    }

    [Fact]
    public async Task An_only_voter_that_has_lost_what_it_acknowledged_is_refused_until_an_operator_takes_the_loss()
    {
        await FormAsync(1);
        await CreateAsync(5);
        await StopAsync(_nodes[0], clean: false);
        Harm(1, Damage.InTheLastBatch);

        for (var start = 0; start < 2; start++)
        {
            using var logs = QuorumNode.OpenLogs(1, _disks[1]);
            Assert.Contains("delete synced-end", Assert.Throws<MetadataLogDamagedException>(() => QuorumBootstrap.Inspect(logs)).Message);
            await Assert.ThrowsAsync<MetadataLogDamagedException>(() => QuorumLog.OpenAsync(logs, _ => { }, _ => { }));
            await logs.CloseCleanlyAsync();
        }

        _disks[1].DeleteFile($"{Folder}/synced-end");
        await Start(1).RegisterAsync(_nodes);
        Assert.InRange(_nodes[0].Metadata.Current.Topics.Count, 4, 5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_the_disk_does_not_give_is_told_with_what_to_do_and_nothing_of_it_is_cut(bool wasCleanStop)
    {
        await FormAsync(3);
        await CreateAsync(10);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        await AwaitTopicsAsync(victim, 10);
        await StopAsync(victim, wasCleanStop);
        var segment = $"{Folder}/{Segments(victim.Id)[^1]}";
        var before = _disks[victim.Id].ReadAll(segment);
        var isDead = false;
        var disk = new FaultyDisk(_disks[victim.Id])
        {
            Fault = (operation, path) => isDead && operation == DiskOperation.Read && path == segment ? new IOException($"Input/output error : '{path}'") : null,
        };
        // A stop that was clean lets a start look at no more than the log's end; the rest is read when the node is about to rest on it.
        isDead = !wasCleanStop;
        using (var logs = QuorumNode.OpenLogs(victim.Id, disk))
        {
            isDead = true;
            var refused = Assert.Throws<MetadataLogUnreadableException>(() => QuorumBootstrap.Inspect(logs)).Message;
            Assert.Contains("Input/output error", refused);
            Assert.Contains("ddrescue", refused);
            await Assert.ThrowsAnyAsync<StorageException>(() => QuorumLog.OpenAsync(logs, _ => { }, _ => { }));
        }
        Assert.Equal(before, _disks[victim.Id].ReadAll(segment));
        Assert.Null(OwedBy(victim.Id));

        // The fault was one of a moment.
        await Start(victim.Id).RegisterAsync(_nodes);
        Assert.Equal(10, _nodes[^1].Metadata.Current.Topics.Count);
    }

    [Fact]
    public async Task A_vote_that_the_disk_does_not_give_is_not_taken_for_none()
    {
        await FormAsync(1);
        await StopAsync(_nodes[0]);
        var disk = new FaultyDisk(_disks[1])
        {
            Fault = (operation, path) => operation == DiskOperation.Read && path.EndsWith(ElectionStateFile.Name, StringComparison.Ordinal) ? new IOException("Input/output error") : null,
        };
        using var logs = QuorumNode.OpenLogs(1, disk);

        Assert.Throws<MetadataLogUnreadableException>(() => QuorumBootstrap.Inspect(logs));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_voter_that_cut_its_log_lets_nobody_win_who_lacks_what_it_had(bool wasCleanStop)
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
        await StopAsync(keeper, wasCleanStop);
        await StopAsync(leader);
        Harm(keeper.Id, wasCleanStop ? Damage.InTheMiddle : Damage.InTheLastBatch);
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

    private void Harm(int id, Damage damage)
    {
        var segment = Segments(id)[^1];
        var length = (int)_disks[id].FileLength($"{Folder}/{segment}");
        var at = BatchIn(id, damage == Damage.InTheLastBatch ? length : length / 2, last: damage == Damage.InTheLastBatch);
        if (damage != Damage.ZerosFromTheMiddleOn)
        {
            Flip(id, segment, at + 70);
            return;
        }
        using var file = _disks[id].Open($"{Folder}/{segment}", DiskFileMode.Open);
        file.Write(at, new byte[length - at]);
        file.Sync();
    }

    /// <summary>Where the first batch behind a byte of the first segment begins; or the last one before it.</summary>
    private int BatchIn(int id, int position, bool last = false)
    {
        using var file = _disks[id].Open($"{Folder}/{Segments(id)[0]}", DiskFileMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        ReadOnlyMemory<byte> rest = bytes;
        var before = 0;
        while (Protocol.Records.RecordBatch.TryRead(rest, out var batch) && bytes.Length - rest.Length < position)
        {
            before = bytes.Length - rest.Length;
            rest = rest[batch.SizeInBytes..];
        }
        return last ? before : bytes.Length - rest.Length;
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

    /// <summary>Ends it, with <paramref name="clean"/> such that the next start need not look for a torn end, and says where its log ends.</summary>
    private async Task<LogPosition> StopAsync(QuorumNode node, bool clean = true)
    {
        _nodes.Remove(node);
        await node.KillAsync();
        using var logs = QuorumNode.OpenLogs(node.Id, _disks[node.Id]);
        var end = QuorumBootstrap.Inspect(logs).LogEnd;
        if (clean)
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
