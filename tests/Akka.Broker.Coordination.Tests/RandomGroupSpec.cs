using System.Text;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

/// <summary>
/// Random clients against one group, from one seed: they join, sync, heartbeat, commit, leave, die, restart as static members and come back with
/// stale ids, while writes are late or refused and the coordinator is lost. After every event the group's invariants are checked, and:
/// no request is answered twice; what is fetched is in the log; a stable generation has one assignment that all of it were given.
/// In the end everybody behaves and the group must become stable.
/// </summary>
public sealed class RandomGroupSpec
{
    private sealed class Client(string? instance)
    {
        public string? Instance { get; } = instance;
        public string MemberId { get; set; } = "";
        public int Generation { get; set; } = -1;
        public RequestId? Join { get; set; }
        public RequestId? Sync { get; set; }
        public bool Synced { get; set; }
        public IReadOnlyList<JoinedMember> Members { get; set; } = [];
        public bool Leads { get; set; }

        public void Reset(string memberId = "")
        {
            (MemberId, Generation, Join, Sync, Synced, Leads) = (memberId, -1, null, null, false, false);
        }
    }

    private readonly GroupTestContext _t = new(new GroupConfig { InitialRebalanceDelayMs = 500, OffsetsRetentionMs = 200_000, MaxSize = 6 });
    private readonly Dictionary<int, HashSet<string>> _assignmentsByGeneration = [];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_clients_do_the_group_stays_sound_and_settles(int seed)
    {
        var random = new Random(seed);
        var clients = Enumerable.Range(0, 7).Select(i => new Client(i % 3 == 0 ? $"i{i}" : null)).ToArray();
        for (var step = 0; step < 400; step++)
        {
            Chaos(random, clients);
            foreach (var client in clients)
                Receive(client);
        }

        Settle(clients);
    }

    public static TheoryData<int> Seeds
    {
        get
        {
            var seeds = new TheoryData<int>();
            for (var seed = 1; seed <= 150; seed++)
                seeds.Add(seed);
            return seeds;
        }
    }

    private void Chaos(Random random, Client[] clients)
    {
        var client = clients[random.Next(clients.Length)];
        switch (random.Next(20))
        {
            case < 5:
                Join(client, random);
                break;
            case < 9:
                Sync(client);
                break;
            case < 11 when client.MemberId.Length > 0:
                _t.Heartbeat(client.MemberId, client.Generation, client.Instance);
                break;
            case 11 when client.MemberId.Length > 0:
                _t.Send(new LeaveCommand([new LeavingMember(client.MemberId, client.Instance, "why not")]));
                client.Reset();
                break;
            case 12:
                client.Reset();
                break;
            case 13:
                _t.Send(GroupTestContext.CommitCommand(client.MemberId, client.Generation, partition: random.Next(3), offset: random.Next(100)));
                CheckOffsets();
                break;
            case 14:
                _t.Advance(random.Next(100));
                break;
            case 15:
                _t.Advance(random.Next(15_000));
                break;
            case 16:
                _t.HoldWrites = true;
                break;
            case 17:
                _t.CommitHeld();
                break;
            case 18 when _t.WritesHeld > 0:
                _t.RefuseNext(ErrorCode.CoordinatorNotAvailable);
                break;
            case 19 when random.Next(5) == 0:
                Lose(clients);
                break;
            default:
                if (random.Next(10) == 0 && _t.Group.State != GroupState.Dead)
                    _t.Expire();
                break;
        }

        if (_t.Group.State == GroupState.Dead)
            Lose(clients);
    }

    private void Join(Client client, Random random)
    {
        if (client.Join is not null && random.Next(4) > 0)
            return;
        var protocols = random.Next(6) == 0 ? "sticky,range" : "range,sticky";
        client.Join = _t.Send(_t.JoinCommand(client.MemberId, client.Instance, protocols, knownId: random.Next(2) == 0, rebalanceMs: 20_000));
        client.Sync = null;
        client.Synced = false;
    }

    private void Sync(Client client)
    {
        if (client.Generation < 0 || client.Sync is not null)
            return;
        var assignments = client.Members
            .Select(m => new MemberAssignment(m.MemberId, Encoding.UTF8.GetBytes($"{client.Generation}/{m.InstanceId ?? m.MemberId}"))).ToArray();
        client.Sync = _t.Send(new SyncCommand(client.MemberId, client.Instance, client.Generation, "consumer", null, assignments));
    }

    private void Receive(Client client)
    {
        if (client.Join is { } join && _t.IsAnswered(join))
        {
            var result = _t.Answer<JoinResult>(join);
            client.Join = null;
            if (result.Error == ErrorCode.None)
                (client.MemberId, client.Generation, client.Members, client.Leads) =
                    (result.MemberId, result.GenerationId, result.SkipAssignment ? [] : result.Members, result.LeaderId == result.MemberId);
            else
                client.Reset(result.Error is ErrorCode.MemberIdRequired or ErrorCode.RebalanceInProgress ? result.MemberId : "");
        }

        if (client.Sync is { } sync && _t.IsAnswered(sync))
        {
            var result = _t.Answer<SyncResult>(sync);
            client.Sync = null;
            client.Synced = result.Error == ErrorCode.None;
            if (result.Error == ErrorCode.None)
                CheckAssignment(client, Encoding.UTF8.GetString(result.Assignment.Span));
            else if (result.Error is ErrorCode.RebalanceInProgress or ErrorCode.CoordinatorNotAvailable)
                client.Generation = -1;
            else
                client.Reset();
        }
    }

    /// <summary>An assignment is the leader's of just this generation and names just this member, or is empty.</summary>
    private void CheckAssignment(Client client, string assignment)
    {
        if (assignment.Length == 0)
            return;
        var parts = assignment.Split('/');
        Assert.Equal(client.Generation, int.Parse(parts[0]));
        Assert.Equal(client.Instance ?? client.MemberId, parts[1]);
        if (!_assignmentsByGeneration.TryGetValue(client.Generation, out var given))
            _assignmentsByGeneration[client.Generation] = given = [];
        given.Add(parts[1]);
    }

    private void CheckOffsets()
    {
        var inLog = new Dictionary<TopicPartition, long>();
        foreach (var record in _t.Log.OfType<OffsetRecord>())
        {
            if (record.Value is { } value)
                inLog[record.Partition] = value.Offset;
            else
                inLog.Remove(record.Partition);
        }

        if (_t.Group.State == GroupState.Dead)
            return;
        var fetched = _t.Ask<FetchOffsetsResult>(new FetchOffsetsCommand(null, false)).Offsets;
        if (fetched.Count > 0)
            Assert.Equal(inLog.OrderBy(e => e.Key.Partition), fetched.Select(o => KeyValuePair.Create(o.Partition, o.Offset)).OrderBy(e => e.Key.Partition));
    }

    /// <summary>The coordinator is lost with its soft state; what waited is answered by its carrier.</summary>
    private void Lose(Client[] clients)
    {
        _t.Reload();
        foreach (var client in clients)
        {
            (client.Join, client.Sync) = (null, null);
            if (!client.Synced)
                client.Reset();
        }
    }

    /// <summary>From now on every client follows the protocol and nothing fails.</summary>
    private void Settle(Client[] clients)
    {
        _t.CommitHeld();
        Lose(clients);
        foreach (var extra in clients[6..])
            extra.Reset();
        var alive = clients[..6];
        for (var round = 0; round < 200; round++)
        {
            foreach (var client in alive)
            {
                Receive(client);
                if (client.Join is not null || client.Sync is not null)
                    continue;
                if (client.Generation < 0)
                    client.Join = _t.Send(_t.JoinCommand(client.MemberId, client.Instance, "range,sticky", knownId: true, rebalanceMs: 20_000));
                else if (!client.Synced)
                    Sync(client);
                else
                    Follow(client);
            }

            _t.Advance(1_000);
        }

        Assert.Equal(GroupState.Stable, _t.Group.State);
        Assert.All(alive, c => Assert.True(c.Synced));
        Assert.Single(alive.Select(c => c.Generation).Distinct());
        Assert.Equal(alive.Length, _t.Group.MemberCount);
    }

    private void Follow(Client client)
    {
        var error = _t.Heartbeat(client.MemberId, client.Generation, client.Instance);
        if (error == ErrorCode.RebalanceInProgress)
            (client.Generation, client.Synced) = (-1, false);
        else if (error != ErrorCode.None)
            client.Reset();
    }
}
