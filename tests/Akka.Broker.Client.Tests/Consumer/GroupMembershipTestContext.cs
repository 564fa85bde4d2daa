using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>A membership with a hand-moved clock; keeps the effects that nobody has taken yet.</summary>
internal sealed class GroupMembershipTestContext
{
    private readonly Queue<MembershipEffect> _effects = new();

    public GroupMembershipTestContext(string assignor = "cooperative-sticky", string? instanceId = null) =>
        Machine = new GroupMembership(new MembershipOptions
        {
            GroupId = "g",
            InstanceId = instanceId,
            Assignors = [PartitionAssignors.Get(assignor)],
            SessionTimeoutMs = 10_000,
            HeartbeatIntervalMs = 1_000,
            RetryBackoffMs = 100,
        });

    public GroupMembership Machine { get; }

    public long Now { get; set; } = 1_000;

    public void Do(Func<GroupMembership, IReadOnlyList<MembershipEffect>> input)
    {
        foreach (var effect in input(Machine))
            _effects.Enqueue(effect);
    }

    /// <summary>The next effect, which must be of this kind.</summary>
    public T Expect<T>()
        where T : MembershipEffect => Assert.IsType<T>(_effects.Dequeue());

    public void ExpectNothing() => Assert.Empty(_effects);

    public void Advance(long ms)
    {
        Now += ms;
        Do(m => m.Tick(Now));
    }

    public void Find(int coordinator = 1)
    {
        var find = Expect<FindCoordinator>();
        Do(m => m.OnCoordinator(find.Number, coordinator, ErrorCode.None, Now));
    }

    /// <summary>Answers a join as to a follower.</summary>
    public SendJoin Join(int generation, string member = "m")
    {
        var join = Expect<SendJoin>();
        Do(m => m.OnJoined(join.Number, new JoinGroupResponse { GenerationId = generation, MemberId = member, Leader = "other", ProtocolName = Protocol }, Now));
        return join;
    }

    public void Sync(params TopicPartition[] assigned)
    {
        var sync = Expect<SendSync>();
        Do(m => m.OnSynced(sync.Number, new SyncGroupResponse { Assignment = ConsumerProtocol.EncodeAssignment(assigned) }, Now));
    }

    /// <summary>A member of generation 1 with these partitions.</summary>
    public void BeStable(params TopicPartition[] assigned)
    {
        Do(m => m.Subscribe(["t"], Now));
        Find();
        Join(1);
        Sync(assigned);
        Expect<AssignPartitions>();
        ExpectNothing();
    }

    public SendHeartbeat Beat(ErrorCode answer = ErrorCode.None)
    {
        Advance(1_000);
        var beat = Expect<SendHeartbeat>();
        Do(m => m.OnHeartbeat(beat.Number, answer, Now));
        return beat;
    }

    public void Revoked(RevokePartitions revoke) => Do(m => m.OnRevoked(revoke.Number, Now));

    private string Protocol => Machine.Options.Assignors[0].Name;
}
