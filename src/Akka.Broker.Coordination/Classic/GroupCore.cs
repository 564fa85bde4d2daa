using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Classic;

/// <summary>
/// What the rules of a group share: its state and generation, who is in it, its deadlines, and what its log says of it.
/// <para>Invariants: without members the state is Empty, PreparingRebalance or Dead; Empty and Dead have none; a generation never falls;
/// from CompletingRebalance on the generation has a protocol.</para>
/// </summary>
internal sealed class GroupCore(string id, GroupConfig config)
{
    public string Id { get; } = id;

    public GroupConfig Config { get; } = config;

    public GroupEffects Effects { get; } = new();

    public Roster Roster { get; } = new();

    public Deadlines Deadlines { get; } = new();

    public GroupState State { get; private set; } = GroupState.Empty;

    /// <summary>Rises with every completed join phase.</summary>
    public int GenerationId { get; private set; }

    /// <summary>What kind of group; stays when the last member goes. Null if there never was one.</summary>
    public string? ProtocolType { get; set; }

    /// <summary>The generation's protocol.</summary>
    public string? ProtocolName { get; private set; }

    /// <summary>Since when the group is in its state; null if its log does not say.</summary>
    public long? StateSinceUnixMs { get; private set; }

    /// <summary>What the consumers of this generation read; null if that cannot be told.</summary>
    public HashSet<string>? SubscribedTopics { get; private set; }

    /// <summary>The newest group metadata in the log, up to the watermark. Only <see cref="Replay"/> changes it.</summary>
    public GroupMetadata? Durable { get; private set; }

    /// <summary>Writes that have not come back.</summary>
    public int WritesInFlight { get; set; }

    /// <summary>The tombstones of the whole group are on their way: nothing may be added to it.</summary>
    public bool IsClosing { get; set; }

    public bool IsGone => IsClosing || State == GroupState.Dead;

    public void Replay(GroupMetadataRecord record) => Durable = record.Value;

    /// <summary>Makes the state that the log tells of into the living one.</summary>
    public void Restore(Moment now)
    {
        Invariant.Check(State == GroupState.Empty && GenerationId == 0 && Roster.Count == 0);
        if (Durable is not { } stored)
            return;
        GenerationId = stored.GenerationId;
        ProtocolType = stored.ProtocolType.Length == 0 ? null : stored.ProtocolType;
        ProtocolName = stored.ProtocolName;
        StateSinceUnixMs = stored.StateTimestampMs;
        if (stored.Members.Count > 0)
        {
            State = GroupState.Stable;
            ProtocolName ??= "";
            ProtocolType ??= "";
            foreach (var member in stored.Members)
                Restore(member, ProtocolName, now);
            if (stored.LeaderId is { } leader && Roster.Has(leader))
                Roster.SetLeader(leader);
        }

        SubscribedTopics = ReadSubscribedTopics();
    }

    public void TransitionTo(GroupState next, Moment now)
    {
        Invariant.Check(next.MayFollow(State));
        State = next;
        StateSinceUnixMs = now.UnixMs;
    }

    /// <summary>Ends the join phase with those who are in the group.</summary>
    public void BeginGeneration(Moment now)
    {
        GenerationId++;
        ProtocolName = Roster.Count > 0 ? Roster.SelectProtocol() : null;
        TransitionTo(Roster.Count > 0 ? GroupState.CompletingRebalance : GroupState.Empty, now);
        SubscribedTopics = ReadSubscribedTopics();
    }

    /// <summary>The record of this generation with the assignment that each member id is given.</summary>
    public GroupMetadataRecord ToRecord(Func<GroupMember, ReadOnlyMemory<byte>> assignmentOf, Moment now) => new(
        Id,
        new GroupMetadata(
            ProtocolType ?? "",
            GenerationId,
            ProtocolName,
            Roster.LeaderId,
            now.UnixMs,
            [.. Roster.Members.Select(m => m.ToRecord(ProtocolName, assignmentOf(m)))]));

    public void Write(IReadOnlyList<GroupRecord> records, Action<Moment> committed, Action<ErrorCode, Moment> refused)
    {
        WritesInFlight++;
        Effects.Write(new GroupWrite(records, committed, refused));
    }

    public void Answer(RequestId request, GroupResult result) => Effects.Answer(request, result);

    /// <summary>Answers a JoinGroup that waits, if one does.</summary>
    public void AnswerJoin(GroupMember member, JoinResult result)
    {
        if (member.AwaitingJoin is not { } request)
            return;
        Roster.SetAwaitingJoin(member, null);
        Answer(request, result);
    }

    /// <summary>Answers a SyncGroup that waits. False if none does.</summary>
    public bool AnswerSync(GroupMember member, SyncResult result)
    {
        if (member.AwaitingSync is not { } request)
            return false;
        member.AwaitingSync = null;
        Answer(request, result);
        return true;
    }

    /// <summary>The member is heard of: its session begins anew.</summary>
    public void RestartSession(GroupMember member, Moment now) => Deadlines.Set(member.Session, now.MonotonicMs + member.SessionTimeoutMs);

    /// <summary>
    /// Whether who asks is in the group as it says: its member id is known and, for a static member, is the one that its instance has now.
    /// </summary>
    public ErrorCode CheckMember(string memberId, string? instanceId, out GroupMember? member)
    {
        member = null;
        if (instanceId is not null)
        {
            if (!Roster.TryGetStatic(instanceId, out var current))
                return ErrorCode.UnknownMemberId;
            if (current != memberId)
                return ErrorCode.FencedInstanceId;
        }

        return Roster.TryGet(memberId, out member) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    public void CheckInvariants()
    {
        Roster.CheckInvariants();
        Invariant.Check(Roster.Count > 0 || State is GroupState.Empty or GroupState.PreparingRebalance or GroupState.Dead);
        Invariant.Check(Roster.Count == 0 || State is not (GroupState.Empty or GroupState.Dead));
        Invariant.Check(ProtocolName is not null || State is not (GroupState.CompletingRebalance or GroupState.Stable));
        Invariant.Check(WritesInFlight >= 0);
    }

    private void Restore(GroupMetadataMember stored, string protocolName, Moment now)
    {
        var member = new GroupMember(stored.MemberId, stored.InstanceId, stored.ClientId, stored.ClientHost, ProtocolType!)
        {
            RebalanceTimeoutMs = stored.RebalanceTimeoutMs,
            SessionTimeoutMs = stored.SessionTimeoutMs,
            Assignment = stored.Assignment,
        };
        Roster.Add(member, [new MemberProtocol(protocolName, stored.Subscription)], join: null);
        RestartSession(member, now);
    }

    private HashSet<string>? ReadSubscribedTopics()
    {
        if (ProtocolType != ConsumerSubscription.ProtocolType)
            return null;
        var topics = new HashSet<string>();
        foreach (var member in Roster.Members)
        {
            if (!ConsumerSubscription.TryReadTopics(member.MetadataFor(ProtocolName).Span, topics))
                return null;
        }

        return topics;
    }
}
