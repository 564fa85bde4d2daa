using System.Buffers.Binary;
using System.Text;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

/// <summary>
/// Carries one group as its actor would: time passes when the test says so, answers are kept by request, writes come back at once
/// or, with <see cref="HoldWrites"/>, when the test says so. The group's invariants are checked after every event.
/// </summary>
internal sealed class GroupTestContext
{
    public const int SessionMs = 10_000;
    public const int RebalanceMs = 60_000;

    private readonly Dictionary<RequestId, GroupResult> _answers = [];
    private readonly Queue<GroupWrite> _writes = [];
    private long _nextRequest;
    private long _elapsedMs;

    public GroupTestContext(GroupConfig? config = null)
    {
        Config = config ?? new GroupConfig();
        Group = new Group("g", Config);
    }

    public GroupConfig Config { get; }

    public Group Group { get; private set; }

    /// <summary>Everything that was committed, in order: the log.</summary>
    public List<GroupRecord> Log { get; } = [];

    public bool HoldWrites { get; set; }

    public int WritesHeld => _writes.Count;

    public Moment Now => new(1_700_000_000_000 + _elapsedMs, 5_000 + _elapsedMs);

    public RequestId Send(GroupCommand command)
    {
        var request = new RequestId(_nextRequest++);
        Group.Handle(request, command, Now);
        Settle();
        return request;
    }

    public T Ask<T>(GroupCommand command) where T : GroupResult => Answer<T>(Send(command));

    public bool IsAnswered(RequestId request) => _answers.ContainsKey(request);

    public T Answer<T>(RequestId request) where T : GroupResult
    {
        Assert.True(_answers.ContainsKey(request), $"request {request.Value} is not answered");
        return Assert.IsType<T>(_answers[request]);
    }

    /// <summary>Lets time pass in the steps that the group's own deadlines set.</summary>
    public void Advance(long ms)
    {
        var end = _elapsedMs + ms;
        while (Group.NextDeadlineMs is { } next && next - 5_000 <= end)
        {
            _elapsedMs = Math.Max(_elapsedMs, next - 5_000);
            Group.RunDeadlines(Now);
            Settle();
        }

        _elapsedMs = end;
    }

    public void CommitHeld()
    {
        HoldWrites = false;
        Settle();
    }

    public void RefuseNext(ErrorCode error)
    {
        Group.Refused(_writes.Dequeue(), error, Now);
        Settle();
    }

    public void Expire()
    {
        Group.ExpireOffsets(Now);
        Settle();
    }

    public void Forget(string topic)
    {
        Group.ForgetPartitions(p => p.Topic == topic, Now);
        Settle();
    }

    /// <summary>As a coordinator that takes over: a new group from the log alone.</summary>
    public void Reload()
    {
        _writes.Clear();
        Group = new Group("g", Config);
        foreach (var record in Log)
            Group.Replay(record);
        Group.Restore(Now);
        Settle();
    }

    public JoinCommand JoinCommand(
        string memberId = "", string? instance = null, string protocols = "range", bool knownId = false, bool skip = false,
        string topics = "t", int sessionMs = SessionMs, int rebalanceMs = RebalanceMs, string type = "consumer", string client = "c") =>
        new(memberId, instance, $"{_nextRequest}", client, "/10.0.0.1", sessionMs, rebalanceMs, type,
            [.. protocols.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => new MemberProtocol(p, Subscription(topics)))], knownId, skip);

    public RequestId Join(string memberId = "", string? instance = null, string protocols = "range", string topics = "t") =>
        Send(JoinCommand(memberId, instance, protocols, topics: topics));

    public RequestId Sync(string memberId, int generation, params (string Member, string Assignment)[] assignments) =>
        Send(new SyncCommand(
            memberId, null, generation, null, null,
            [.. assignments.Select(a => new MemberAssignment(a.Member, Encoding.UTF8.GetBytes(a.Assignment)))]));

    public ErrorCode Heartbeat(string memberId, int generation, string? instance = null) =>
        Ask<HeartbeatResult>(new HeartbeatCommand(memberId, instance, generation)).Error;

    public LeaveResult Leave(params string[] memberIds) =>
        Ask<LeaveResult>(new LeaveCommand([.. memberIds.Select(m => new LeavingMember(m, null, null))]));

    public static CommitOffsetsCommand CommitCommand(
        string memberId = "", int generation = -1, string topic = "t", int partition = 0, long offset = 1, string metadata = "", long retentionMs = -1) =>
        new(memberId, null, generation, [new OffsetToCommit(new TopicPartition(topic, partition), offset, 3, metadata, retentionMs)]);

    public ErrorCode Commit(string memberId = "", int generation = -1, string topic = "t", int partition = 0, long offset = 1) =>
        Assert.Single(Ask<CommitOffsetsResult>(CommitCommand(memberId, generation, topic, partition, offset)).Errors);

    public FetchedOffset Fetch(string topic = "t", int partition = 0, bool requireStable = false) =>
        Assert.Single(Ask<FetchOffsetsResult>(new FetchOffsetsCommand([new TopicPartition(topic, partition)], requireStable)).Offsets);

    /// <summary>A stable group of so many members of generation 1, the leader first, with assignments a0, a1, ...</summary>
    public string[] Stable(int members = 2, string protocols = "range", string topics = "t", Func<int, string?>? instance = null)
    {
        var joins = Enumerable.Range(0, members).Select(i => Join(instance: instance?.Invoke(i), protocols: protocols, topics: topics)).ToArray();
        Advance(Config.InitialRebalanceDelayMs * 2);
        var ids = joins.Select(j => Answer<JoinResult>(j).MemberId).ToArray();
        return SyncAll(ids);
    }

    /// <summary>The sync phase of a generation that the members have joined.</summary>
    public string[] SyncAll(string[] ids)
    {
        var assignments = ids.Select((id, i) => (id, $"a{i}")).ToArray();
        var leader = ids.Single(id => LeaderOf(id));
        foreach (var id in ids.Where(i => i != leader))
            Sync(id, Group.GenerationId);
        Sync(leader, Group.GenerationId, assignments);
        Assert.Equal(GroupState.Stable, Group.State);
        return ids;
    }

    public bool LeaderOf(string memberId) => _answers.Values.OfType<JoinResult>().Last(j => j.LeaderId.Length > 0).LeaderId == memberId;

    /// <summary>Consumer metadata of version 1: topics, no user data, nothing owned.</summary>
    public static byte[] Subscription(string topics)
    {
        var stream = new MemoryStream();
        var names = topics.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt16BigEndian(number, 1);
        stream.Write(number[..2]);
        BinaryPrimitives.WriteInt32BigEndian(number, names.Length);
        stream.Write(number);
        foreach (var name in names)
        {
            BinaryPrimitives.WriteInt16BigEndian(number, (short)name.Length);
            stream.Write(number[..2]);
            stream.Write(Encoding.UTF8.GetBytes(name));
        }

        BinaryPrimitives.WriteInt32BigEndian(number, -1);
        stream.Write(number);
        BinaryPrimitives.WriteInt32BigEndian(number, 0);
        stream.Write(number);
        return stream.ToArray();
    }

    private void Settle()
    {
        do
        {
            foreach (var answer in Group.Effects.Answers)
                Assert.True(_answers.TryAdd(answer.Request, answer.Result), $"request {answer.Request.Value} is answered twice");
            foreach (var write in Group.Effects.Writes)
                _writes.Enqueue(write);
            Group.Effects.Clear();
            Group.CheckInvariants();
            if (HoldWrites || !_writes.TryDequeue(out var committed))
                return;
            Log.AddRange(committed.Records);
            Group.Committed(committed, Now);
        }
        while (true);
    }
}
