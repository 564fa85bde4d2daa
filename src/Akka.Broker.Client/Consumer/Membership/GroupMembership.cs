using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// One member of a classic consumer group, as a state machine: events with their time in, <see cref="MembershipEffect"/>s out. Pure: no clock, no network. The actor that owns it
/// carries the effects and brings the answers; nothing here waits for a handler of records, so a slow one never costs the membership.
/// <code>
///            subscribed      gave up: all (eager), what it no longer wants (cooperative)     chosen as leader
///  [ Idle ] ───────────▶ [ Revoking ] ────────────▶ [ Joining ] ──────────────────────────▶ [ Assigning ]
///                            ▲   ▲                    ▲  │ answered                              │ divided
///       rebalance, or a new  │   │ moved away         │  ▼                                       ▼
///       subscription         │   └────────────────────┼─[ Syncing ] ◀──────────────────────────┘
///                            │                        │  │ answered
///                            └──── [ Stable ] ◀───────┼──┘         out of the group: its partitions are lost ──▶ [ Revoking ]
///  any ── leave ──▶ [ Leaving ] ── gave up ──▶ asked to leave ──▶ [ Left ]        wrong settings, fenced ──▶ [ Failed ]
/// </code>
/// The coordinator is looked for besides, in every state that has something to ask of it. An answer is used only if it brings the number of the question that waits.
/// <para>
/// Invariants: a member that owns partitions has a generation; partitions are given to the owner of the machine only in Stable or on the way from Syncing to Revoking;
/// at most one question of a kind waits.
/// </para>
/// </summary>
internal sealed class GroupMembership(MembershipOptions options)
{
    public const int NoGeneration = -1;

    private readonly List<MembershipEffect> _effects = [];
    private readonly HashSet<TopicPartition> _owned = [];
    private string[] _topics = [];
    private int _lastNumber;
    private int _waitsFor;
    private int _heartbeatWaits;
    private int _findWaits;
    private long _notBefore;
    private long _nextHeartbeat = long.MaxValue;
    private long _silentSince = long.MaxValue;
    private bool _rejoins;
    private bool _wantsCoordinator;
    private SyncGroupRequest? _sync;
    private IReadOnlyList<GroupMember> _members = [];

    public MembershipOptions Options { get; } = options;

    public MembershipState State { get; private set; }

    /// <summary>Null while it is not known.</summary>
    public int? Coordinator { get; private set; }

    public string MemberId { get; private set; } = "";

    public int Generation { get; private set; } = NoGeneration;

    /// <summary>The name of the assignor that the coordinator chose.</summary>
    public string? Protocol { get; private set; }

    public bool IsLeader { get; private set; }

    public IReadOnlySet<TopicPartition> Owned => _owned;

    public IReadOnlyList<string> Topics => _topics;

    /// <summary>When the coordinator last answered a heartbeat, a join or a sync without error.</summary>
    public long? LastHeardMs { get; private set; }

    public ErrorCode LastError { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do, at the latest.</summary>
    public long WakeAtMs => State is MembershipState.Left or MembershipState.Failed
        ? long.MaxValue
        : Math.Min(MayHeartbeat && _heartbeatWaits == 0 ? _nextHeartbeat : SessionEndMs, NeedsToAsk ? _notBefore : long.MaxValue);

    /// <summary>All topics that any member wants: what the leader watches.</summary>
    public IEnumerable<string> TopicsOfGroup => IsLeader ? _members.SelectMany(m => m.Topics).Distinct() : _topics;

    private bool MayHeartbeat => Generation >= 0 && Coordinator is not null
        && State is MembershipState.Stable or MembershipState.Revoking or MembershipState.Assigning or MembershipState.Leaving;

    /// <summary>When a coordinator that says nothing is looked for anew.</summary>
    private long SessionEndMs => State == MembershipState.Stable && Coordinator is not null && _silentSince < long.MaxValue
        ? _silentSince + Options.SessionTimeoutMs
        : long.MaxValue;

    private bool NeedsToAsk =>
        Coordinator is null
            ? _findWaits == 0 && (_wantsCoordinator || State is not MembershipState.Idle)
            : _waitsFor == 0 && (State is MembershipState.Joining || (State is MembershipState.Syncing && _sync is not null));

    // ---- What the owner wants ----

    /// <summary>Joins the group, or goes on in it with other topics.</summary>
    public IReadOnlyList<MembershipEffect> Subscribe(IEnumerable<string> topics, long nowMs)
    {
        var wanted = topics.Distinct().ToArray();
        if (State != MembershipState.Idle && wanted.ToHashSet().SetEquals(_topics))
            return [];
        _topics = wanted;
        if (State is MembershipState.Idle or MembershipState.Stable)
            Rejoin(nowMs);
        else
            _rejoins = true;
        return Take(nowMs);
    }

    /// <summary>A commit needs the coordinator, also of a consumer that is not a member.</summary>
    public IReadOnlyList<MembershipEffect> WantCoordinator(long nowMs)
    {
        _wantsCoordinator = true;
        return Take(nowMs);
    }

    /// <summary>What the assignment was made from has changed, for instance a topic's number of partitions: the group has to meet again.</summary>
    public IReadOnlyList<MembershipEffect> RequestRejoin(long nowMs)
    {
        if (State == MembershipState.Stable)
            Rejoin(nowMs);
        else
            _rejoins = true;
        return Take(nowMs);
    }

    /// <summary>Gives up everything and leaves. A static member keeps its place until its session is over, so that it may come back to it.</summary>
    public IReadOnlyList<MembershipEffect> Leave(long nowMs)
    {
        if (State is MembershipState.Leaving or MembershipState.Left)
            return [];
        if (State == MembershipState.Failed)
        {
            State = MembershipState.Left;
            _effects.Add(new MembershipEnded());
            return Take(nowMs);
        }
        State = MembershipState.Leaving;
        _waitsFor = ++_lastNumber;
        _effects.Add(new RevokePartitions(_waitsFor, [.. _owned], IsLost: false));
        return Take(nowMs);
    }

    // ---- What happened ----

    public IReadOnlyList<MembershipEffect> Tick(long nowMs)
    {
        if (SessionEndMs <= nowMs)
            LoseCoordinator(nowMs);
        return Take(nowMs);
    }

    /// <param name="number">Of the question.</param>
    /// <param name="coordinator">The broker; null if there was no answer or none knows yet.</param>
    /// <param name="error">Why not; codes that no retry mends end the membership.</param>
    /// <param name="nowMs">Now.</param>
    public IReadOnlyList<MembershipEffect> OnCoordinator(int number, int? coordinator, ErrorCode error, long nowMs)
    {
        if (number != _findWaits)
            return [];
        _findWaits = 0;
        Coordinator = coordinator;
        if (coordinator is not null)
        {
            _nextHeartbeat = Math.Min(_nextHeartbeat, nowMs);
            _silentSince = nowMs;
        }
        else if (IsHopeless(error))
        {
            Fail(error, $"the coordinator of group '{Options.GroupId}' cannot be had");
        }
        else
        {
            Note(error);
            BackOff(nowMs);
        }
        return Take(nowMs);
    }

    public IReadOnlyList<MembershipEffect> OnRevoked(int number, long nowMs)
    {
        if (number != _waitsFor || State is not (MembershipState.Revoking or MembershipState.Leaving))
            return [];
        _waitsFor = 0;
        if (State == MembershipState.Leaving)
            LeaveNow();
        else
            State = MembershipState.Joining;
        return Take(nowMs);
    }

    /// <param name="number">Of the question.</param>
    /// <param name="response">Null: no answer came.</param>
    /// <param name="nowMs">Now.</param>
    public IReadOnlyList<MembershipEffect> OnJoined(int number, JoinGroupResponse? response, long nowMs)
    {
        if (number != _waitsFor || State != MembershipState.Joining)
            return [];
        _waitsFor = 0;
        if (response is { ErrorCode: ErrorCode.None })
            Joined(response, nowMs);
        else if (response is { ErrorCode: ErrorCode.MemberIdRequired })
            MemberId = response.MemberId;
        else
            Refused(response?.ErrorCode ?? ErrorCode.NetworkException, "joining", nowMs);
        return Take(nowMs);
    }

    /// <param name="number">Of the question.</param>
    /// <param name="assignments">By member id; null: they could not be worked out, the group meets again.</param>
    /// <param name="nowMs">Now.</param>
    public IReadOnlyList<MembershipEffect> OnAssigned(int number, IReadOnlyDictionary<string, List<TopicPartition>>? assignments, long nowMs)
    {
        if (number != _waitsFor || State != MembershipState.Assigning)
            return [];
        _waitsFor = 0;
        if (assignments is null)
        {
            BackOff(nowMs);
            Rejoin(nowMs);
        }
        else
        {
            _sync = SyncRequest();
            foreach (var (member, partitions) in assignments)
                _sync.Assignments.Add(new() { MemberId = member, Assignment = ConsumerProtocol.EncodeAssignment(partitions) });
            State = MembershipState.Syncing;
        }
        return Take(nowMs);
    }

    /// <param name="number">Of the question.</param>
    /// <param name="response">Null: no answer came.</param>
    /// <param name="nowMs">Now.</param>
    public IReadOnlyList<MembershipEffect> OnSynced(int number, SyncGroupResponse? response, long nowMs)
    {
        if (number != _waitsFor || State != MembershipState.Syncing)
            return [];
        _waitsFor = 0;
        if (response is { ErrorCode: ErrorCode.None })
            Synced(response.Assignment, nowMs);
        else
            Refused(response?.ErrorCode ?? ErrorCode.NetworkException, "syncing", nowMs);
        return Take(nowMs);
    }

    public IReadOnlyList<MembershipEffect> OnHeartbeat(int number, ErrorCode error, long nowMs)
    {
        if (number != _heartbeatWaits)
            return [];
        _heartbeatWaits = 0;
        if (error == ErrorCode.None)
            LastHeardMs = _silentSince = nowMs;
        else if (State == MembershipState.Stable || error is not (ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration))
            Refused(error, "a heartbeat", nowMs);
        return Take(nowMs);
    }

    /// <summary>A commit was refused; the membership may be what is wrong.</summary>
    public IReadOnlyList<MembershipEffect> OnCommitRefused(ErrorCode error, int generation, long nowMs)
    {
        var isOfNow = generation == Generation && State is not (MembershipState.Joining or MembershipState.Leaving or MembershipState.Left);
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.NetworkException or ErrorCode.RequestTimedOut)
            LoseCoordinator(nowMs);
        else if (isOfNow && error is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.FencedInstanceId or ErrorCode.RebalanceInProgress)
            Refused(error, "a commit", nowMs);
        return Take(nowMs);
    }

    public IReadOnlyList<MembershipEffect> OnLeft(int number, long nowMs)
    {
        if (number != _waitsFor || State != MembershipState.Leaving)
            return [];
        End();
        return Take(nowMs);
    }

    // ---- How it goes on ----

    private void Joined(JoinGroupResponse response, long nowMs)
    {
        MemberId = response.MemberId;
        Generation = response.GenerationId;
        Protocol = response.ProtocolName;
        IsLeader = response.Leader == response.MemberId;
        Heard(nowMs);
        _members = [.. response.Members.Select(m => Subscription(m.MemberId, m.GroupInstanceId, m.Metadata))];
        if (!IsLeader || response.SkipAssignment)
        {
            _sync = SyncRequest();
            State = MembershipState.Syncing;
            return;
        }
        State = MembershipState.Assigning;
        _waitsFor = ++_lastNumber;
        _effects.Add(new ComputeAssignment(_waitsFor, Options.Assignors.First(a => a.Name == Protocol), _members));
    }

    /// <summary>A member whose metadata is nonsense gets nothing; the others do not suffer from it.</summary>
    private static GroupMember Subscription(string memberId, string? instanceId, ReadOnlyMemory<byte> metadata)
    {
        try
        {
            return ConsumerProtocol.DecodeSubscription(memberId, instanceId, metadata);
        }
        catch (MalformedMessageException)
        {
            return new GroupMember(memberId, instanceId, [], [], NoGeneration);
        }
    }

    private void Synced(ReadOnlyMemory<byte> assignment, long nowMs)
    {
        List<TopicPartition> assigned;
        try
        {
            assigned = ConsumerProtocol.DecodeAssignment(assignment);
        }
        catch (MalformedMessageException e)
        {
            Fail(ErrorCode.InconsistentGroupProtocol, $"the leader's assignment cannot be read: {e.Message}");
            return;
        }
        Heard(nowMs);
        _sync = null;
        State = MembershipState.Stable;
        var gone = _owned.Except(assigned).ToList();
        var added = assigned.Where(p => !_owned.Contains(p)).ToList();
        _owned.ExceptWith(gone);
        _owned.UnionWith(added);
        _effects.Add(new AssignPartitions(added));
        if (gone.Count > 0)
            Revoke(gone, isLost: false);
        else if (_rejoins)
            Rejoin(nowMs);
    }

    private void Rejoin(long nowMs)
    {
        _rejoins = false;
        _sync = null;
        var wanted = _topics.ToHashSet();
        var gone = Options.IsCooperative ? _owned.Where(p => !wanted.Contains(p.Topic)).ToList() : [.. _owned];
        _owned.ExceptWith(gone);
        if (gone.Count > 0)
        {
            Revoke(gone, isLost: false);
            return;
        }
        State = MembershipState.Joining;
        _waitsFor = 0;
    }

    private void Revoke(IReadOnlyList<TopicPartition> partitions, bool isLost)
    {
        State = MembershipState.Revoking;
        _waitsFor = ++_lastNumber;
        _effects.Add(new RevokePartitions(_waitsFor, partitions, isLost));
    }

    private void Refused(ErrorCode error, string what, long nowMs)
    {
        Note(error);
        switch (error)
        {
            case ErrorCode.RebalanceInProgress:
                if (State is MembershipState.Stable or MembershipState.Syncing)
                    Rejoin(nowMs);
                break;
            case ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration:
                if (error == ErrorCode.UnknownMemberId)
                    MemberId = "";
                Lose(nowMs);
                break;
            case ErrorCode.CoordinatorLoadInProgress:
                BackOff(nowMs);
                break;
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.NetworkException or ErrorCode.RequestTimedOut:
                LoseCoordinator(nowMs);
                break;
            default:
                if (IsHopeless(error))
                    Fail(error, $"{what} was refused");
                else
                    BackOff(nowMs);
                break;
        }
    }

    /// <summary>The group goes on without this member: what it owned may be another's by now.</summary>
    private void Lose(long nowMs)
    {
        Generation = NoGeneration;
        IsLeader = false;
        _sync = null;
        BackOff(nowMs);
        if (State == MembershipState.Leaving)
            return;
        var gone = _owned.ToList();
        _owned.Clear();
        if (gone.Count > 0)
        {
            Revoke(gone, isLost: true);
            return;
        }
        if (State == MembershipState.Revoking)
            return;
        State = MembershipState.Joining;
        _waitsFor = 0;
    }

    private void LoseCoordinator(long nowMs)
    {
        Coordinator = null;
        _heartbeatWaits = 0;
        if (State is MembershipState.Joining or MembershipState.Syncing)
            _waitsFor = 0;
        BackOff(nowMs);
    }

    private void LeaveNow()
    {
        _owned.Clear();
        if (Generation < 0 || MemberId.Length == 0 || Options.InstanceId is not null || Coordinator is not { } coordinator)
        {
            End();
            return;
        }
        _waitsFor = ++_lastNumber;
        var request = new LeaveGroupRequest { GroupId = Options.GroupId };
        request.Members.Add(new() { MemberId = MemberId, Reason = "the consumer was closed" });
        _effects.Add(new SendLeave(_waitsFor, coordinator, request));
    }

    private void End()
    {
        State = MembershipState.Left;
        Generation = NoGeneration;
        _owned.Clear();
        _effects.Add(new MembershipEnded());
    }

    private void Fail(ErrorCode error, string reason)
    {
        LastError = error;
        if (State == MembershipState.Leaving)
        {
            End();
            return;
        }
        State = MembershipState.Failed;
        Generation = NoGeneration;
        var gone = _owned.ToList();
        _owned.Clear();
        _effects.Add(new RevokePartitions(++_lastNumber, gone, IsLost: true));
        _effects.Add(new MembershipFailed(error, reason));
    }

    /// <summary>Whatever can be asked now is asked.</summary>
    private IReadOnlyList<MembershipEffect> Take(long nowMs)
    {
        if (NeedsToAsk && nowMs >= _notBefore)
            Ask();
        if (MayHeartbeat && _heartbeatWaits == 0 && nowMs >= _nextHeartbeat)
        {
            _heartbeatWaits = ++_lastNumber;
            _nextHeartbeat = nowMs + Options.HeartbeatIntervalMs;
            _effects.Add(new SendHeartbeat(_heartbeatWaits, Coordinator!.Value, new HeartbeatRequest
            {
                GroupId = Options.GroupId,
                GenerationId = Generation,
                MemberId = MemberId,
                GroupInstanceId = Options.InstanceId,
            }));
        }
        Invariant.Check(_owned.Count == 0 || Generation >= 0);
        MembershipEffect[] effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    private void Ask()
    {
        if (Coordinator is not { } coordinator)
        {
            _findWaits = ++_lastNumber;
            _effects.Add(new FindCoordinator(_findWaits));
            return;
        }
        _waitsFor = ++_lastNumber;
        if (State == MembershipState.Joining)
        {
            // What changes from here on, this request does not say.
            _rejoins = false;
            _effects.Add(new SendJoin(_waitsFor, coordinator, JoinRequest()));
            return;
        }
        _effects.Add(new SendSync(_waitsFor, coordinator, _sync!));
    }

    private JoinGroupRequest JoinRequest()
    {
        var request = new JoinGroupRequest
        {
            GroupId = Options.GroupId,
            SessionTimeoutMs = Options.SessionTimeoutMs,
            RebalanceTimeoutMs = Options.RebalanceTimeoutMs,
            MemberId = MemberId,
            GroupInstanceId = Options.InstanceId,
            ProtocolType = ConsumerProtocol.ProtocolType,
        };
        foreach (var assignor in Options.Assignors)
        {
            request.Protocols.Add(new()
            {
                Name = assignor.Name,
                Metadata = ConsumerProtocol.EncodeSubscription(assignor, _topics, _owned, Generation, Options.Rack),
            });
        }
        return request;
    }

    private SyncGroupRequest SyncRequest() => new()
    {
        GroupId = Options.GroupId,
        GenerationId = Generation,
        MemberId = MemberId,
        GroupInstanceId = Options.InstanceId,
        ProtocolType = ConsumerProtocol.ProtocolType,
        ProtocolName = Protocol,
    };

    private void Heard(long nowMs)
    {
        LastHeardMs = _silentSince = nowMs;
        _nextHeartbeat = nowMs + Options.HeartbeatIntervalMs;
        LastError = ErrorCode.None;
    }

    private void Note(ErrorCode error) => LastError = error;

    private void BackOff(long nowMs) => _notBefore = nowMs + Options.RetryBackoffMs;

    private static bool IsHopeless(ErrorCode error) => error
        is ErrorCode.FencedInstanceId or ErrorCode.InconsistentGroupProtocol or ErrorCode.InvalidGroupId or ErrorCode.InvalidSessionTimeout
        or ErrorCode.GroupAuthorizationFailed or ErrorCode.GroupMaxSizeReached or ErrorCode.UnsupportedVersion or ErrorCode.InvalidRequest;
}
