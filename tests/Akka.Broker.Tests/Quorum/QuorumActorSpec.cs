using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Tests.Quorum;

/// <summary>Nodes that carry the metadata log together: actors, files and messages as they are, on disks in memory.</summary>
public sealed class QuorumActorSpec : IAsyncLifetime
{
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

    [Fact]
    public async Task Three_voters_elect_a_controller_and_all_show_what_it_decides()
    {
        await FormAsync(3);

        await QuorumNode.CreateAsync(_nodes, "orders", 1);

        foreach (var node in _nodes)
            await node.Metadata.WaitForAsync(i => i.Topics.ContainsKey("orders")).WaitAsync(Enough);
        Assert.Single(_nodes, n => n.Port.Status.MayDecide);
        Assert.Single(_nodes.Select(n => n.Metadata.ControllerId).Distinct());
        foreach (var node in _nodes)
            await LeaseOfAsync(node);
    }

    [Fact]
    public async Task A_node_holds_no_lease_by_metadata_that_it_does_not_go_by_yet()
    {
        await FormAsync(3);
        var latecomer = Start(4, learnFrom: _nodes[0].Port.Status.Voters);
        var committed = _nodes.Max(n => n.Port.Status.HighWatermark);
        await latecomer.Port.WaitForAsync(s => s.HighWatermark >= committed && s.LeaderId >= 0).WaitAsync(Enough);

        // It has fetched all of it, and shows none before it is registered.
        Assert.False(latecomer.Port.Lease.IsHeld(latecomer.Port.NowMs));

        await latecomer.RegisterAsync(_nodes);
        await LeaseOfAsync(latecomer);
    }

    [Fact]
    public async Task Another_voter_leads_when_the_controllers_process_dies_and_nothing_is_lost()
    {
        await FormAsync(3);
        await QuorumNode.CreateAsync(_nodes, "before", 1);
        var controller = _nodes.Single(n => n.Port.Status.MayDecide);
        _nodes.Remove(controller);
        await controller.KillAsync();

        await QuorumNode.CreateAsync(_nodes, "after", _nodes[0].Id);

        foreach (var node in _nodes)
            await node.Metadata.WaitForAsync(i => i.Topics.ContainsKey("before") && i.Topics.ContainsKey("after")).WaitAsync(Enough);
        var back = Start(controller.Id);
        await back.RegisterAsync(_nodes);
        Assert.Contains("after", back.Metadata.Current.Topics.Keys);
        Assert.NotEqual(controller.Id, back.Metadata.ControllerId);
    }

    [Fact]
    public async Task A_controller_that_is_cut_off_answers_nothing_and_follows_when_it_is_back()
    {
        await FormAsync(3);
        var old = _nodes.Single(n => n.Port.Status.MayDecide);
        var others = _nodes.Where(n => n != old).ToList();
        foreach (var other in others)
            _network.Cut(old.Id, other.Id);

        await QuorumNode.CreateAsync(others, "meanwhile", others[0].Id);
        Assert.False(await old.Port.ConfirmAsync().WaitAsync(Enough));
        _network.Heal();

        await old.Metadata.WaitForAsync(i => i.Topics.ContainsKey("meanwhile")).WaitAsync(Enough);
        Assert.False(old.Port.Status.MayDecide);
    }

    [Fact]
    public async Task Leadership_is_confirmed_by_a_round_trip_to_a_majority()
    {
        await FormAsync(3);

        Assert.True(await _nodes.Single(n => n.Port.Status.MayDecide).Port.ConfirmAsync().WaitAsync(Enough));
        Assert.All(await Task.WhenAll(_nodes.Where(n => !n.Port.Status.MayDecide).Select(n => n.Port.ConfirmAsync())), Assert.False);
    }

    [Fact]
    public async Task One_node_grows_to_three_voters_as_learners_catch_up()
    {
        await FormAsync(1);
        await QuorumNode.CreateAsync(_nodes, "orders", 1);
        foreach (var id in new[] { 2, 3 })
            await Start(id, learnFrom: _nodes[0].Port.Status.Voters).RegisterAsync(_nodes);

        foreach (var node in _nodes)
            await node.Port.WaitForAsync(s => s.Voters.Count == 3).WaitAsync(Enough);

        Assert.All(_nodes, n => Assert.Contains("orders", n.Metadata.Current.Topics.Keys));
        var first = _nodes[0];
        _nodes.Remove(first);
        await first.KillAsync();
        await QuorumNode.CreateAsync(_nodes, "later", 2);
    }

    [Fact]
    public async Task A_wiped_voter_is_replaced_by_its_new_disk()
    {
        await FormAsync(3);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        var oldKey = victim.Port.Status.Voters.Find(victim.Id)!.Key;
        _nodes.Remove(victim);
        await victim.KillAsync();
        _disks.Remove(victim.Id);

        var empty = Start(victim.Id, learnFrom: _nodes[0].Port.Status.Voters, seed: 100);
        await empty.RegisterAsync(_nodes);
        foreach (var node in _nodes)
            await node.Port.WaitForAsync(s => s.Voters is { Count: 3 } v && v.Find(victim.Id)!.Key != oldKey).WaitAsync(Enough);
    }

    [Fact]
    public async Task The_log_stays_short_behind_snapshots_and_who_is_far_behind_takes_one()
    {
        await FormAsync(1, snapshotBytes: 4000);
        var topics = 0;
        while (topics < 300 && _nodes[0].Port.Status.LogStartOffset == 0)
            await QuorumNode.CreateAsync(_nodes, $"topic-{topics++}", 1);
        await _nodes[0].Port.WaitForAsync(s => s.LogStartOffset > 0).WaitAsync(Enough);

        var learner = Start(2, learnFrom: _nodes[0].Port.Status.Voters);
        await learner.RegisterAsync(_nodes);
        Assert.Equal(topics, learner.Metadata.Current.Topics.Count);

        // Both start again from snapshot and log.
        var registrations = _nodes.ToList();
        foreach (var node in registrations)
        {
            _nodes.Remove(node);
            await node.KillAsync();
        }
        Start(1, snapshotBytes: 4000);
        await _nodes[0].RegisterAsync(_nodes);
        Assert.Equal(topics, _nodes[0].Metadata.Current.Topics.Count);
        var again = Start(2);
        await again.RegisterAsync(_nodes);
        Assert.Equal(topics, again.Metadata.Current.Topics.Count);
    }

    [Fact]
    public async Task A_full_restart_in_another_order_goes_on_where_it_was()
    {
        await FormAsync(3);
        await QuorumNode.CreateAsync(_nodes, "orders", 1);
        foreach (var node in _nodes.ToList())
        {
            _nodes.Remove(node);
            await node.KillAsync();
        }

        // One voter is missing.
        Start(3);
        Start(2);
        foreach (var node in _nodes)
            await node.RegisterAsync(_nodes);
        Assert.All(_nodes, n => Assert.Contains("orders", n.Metadata.Current.Topics.Keys));
    }

    [Fact]
    public async Task An_actor_that_failed_goes_on_as_the_broker_that_is_registered()
    {
        await FormAsync(3);
        var victim = _nodes.First(n => !n.Port.Status.MayDecide);
        var fetched = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);

        _ = victim.Port.ChangeVotersAsync(_ =>
        {
            _network.Asked += (from, request) =>
            {
                if (from == victim.Id && request is FetchRequest fetch)
                    fetched.TrySetResult(fetch.ReplicaState!.ReplicaEpoch);
            };
            throw new InvalidOperationException("a fault that the spec has planted");
        });

        Assert.Equal(victim.Metadata.Current.Brokers[victim.Id].Epoch, await fetched.Task.WaitAsync(Enough));
        await QuorumNode.CreateAsync(_nodes, "orders", victim.Id);
    }

    /// <summary>Each answer of the controller extends it, behind what is shown: it comes a moment later than that.</summary>
    private static async Task LeaseOfAsync(QuorumNode node)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!node.Port.Lease.IsHeld(node.Port.NowMs))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Enough, $"node {node.Id} holds no lease");
            await node.Port.DescribeAsync();
        }
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

    private QuorumNode Start(int id, VoterSet? learnFrom = null, long snapshotBytes = long.MaxValue, int seed = 0)
    {
        if (!_disks.TryGetValue(id, out var disk))
            _disks[id] = disk = new MemoryDisk();
        var node = QuorumNode.Start(
            id, _network, disk, new QuorumNodeOptions { LearnFrom = learnFrom ?? VoterSet.Empty, SnapshotBytes = snapshotBytes, Seed = seed });
        _nodes.Add(node);
        return node;
    }
}
