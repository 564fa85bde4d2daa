using Akka.Broker.Coordination.Classic;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Coordination.Offsets;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination;

/// <summary>
/// One group: its members and their rebalances (the classic protocol), and its offsets. Events go in by the methods below, each with its time;
/// what follows of them stands in <see cref="Effects"/>. One carrier calls it, never two at a time.
/// <para>
/// What is in the log is changed by <see cref="Replay"/> alone: while a coordinator loads, and when a write has come back committed. Who is in the
/// group, who waits and which deadlines run is soft: a coordinator that takes over starts with the members of the last stored generation,
/// gives each a full session, and the rest joins again.
/// </para>
/// </summary>
public sealed class Group
{
    private readonly GroupCore _core;
    private readonly GroupOffsets _offsets = new();
    private readonly Rebalance _rebalance;
    private readonly Joining _joining;
    private readonly Syncing _syncing;
    private readonly Sessions _sessions;
    private readonly Leaving _leaving;
    private readonly OffsetCommits _commits;
    private readonly Removals _removals;

    public Group(string id, GroupConfig config)
    {
        _core = new GroupCore(id, config);
        _rebalance = new Rebalance(_core);
        _joining = new Joining(_core, _rebalance);
        _syncing = new Syncing(_core, _rebalance);
        _sessions = new Sessions(_core, _rebalance);
        _leaving = new Leaving(_core, _rebalance);
        _commits = new OffsetCommits(_core, _offsets);
        _removals = new Removals(_core, _offsets);
    }

    public string Id => _core.Id;

    public GroupState State => _core.State;

    public int GenerationId => _core.GenerationId;

    public int MemberCount => _core.Roster.Count;

    /// <summary>Empty if it never had members.</summary>
    public string ProtocolType => _core.ProtocolType ?? "";

    public GroupEffects Effects => _core.Effects;

    public GroupListing Listing => new(Id, ProtocolType, State);

    /// <summary>When <see cref="RunDeadlines"/> has to be called at the latest, by the monotonic clock; null if nothing waits.</summary>
    public long? NextDeadlineMs => _core.Deadlines.NextMs;

    /// <summary>There is nothing to remember: the carrier may drop this group, and a later command finds a new one.</summary>
    public bool IsForgettable =>
        _core.WritesInFlight == 0
        && (State == GroupState.Dead
            || (State == GroupState.Empty && _core.Roster.PendingCount == 0 && _core.Durable is null && _offsets.IsEmpty));

    /// <summary>Applies a record that the log holds below the watermark.</summary>
    public void Replay(GroupRecord record)
    {
        Invariant.Check(record.GroupId == Id);
        switch (record)
        {
            case OffsetRecord offset:
                _offsets.Replay(offset);
                break;
            case GroupMetadataRecord metadata:
                _core.Replay(metadata);
                break;
        }
    }

    /// <summary>The whole log is replayed: the members of the stored generation are members now, with a full session each.</summary>
    public void Restore(Moment now)
    {
        _core.Restore(now);
        if (MemberCount > _core.Config.MaxSize)
            _rebalance.Prepare(now, $"it has {MemberCount} members and only {_core.Config.MaxSize} are allowed");
    }

    /// <summary>Lets a client's command take effect. Its answer is in this event's effects or in a later one's.</summary>
    public void Handle(RequestId request, GroupCommand command, Moment now)
    {
        if (_core.IsGone)
            _core.Answer(request, AnswerWhenGone(command));
        else
            Dispatch(request, command, now);
        RunDeadlines(now);
    }

    /// <summary>Acts on all deadlines that have passed.</summary>
    public void RunDeadlines(Moment now)
    {
        while (_core.Deadlines.TryTakeDue(now.MonotonicMs, out var due))
        {
            switch (due.Kind)
            {
                case DeadlineKind.Session:
                    _sessions.OnSessionDue(due.MemberId, now);
                    break;
                case DeadlineKind.PendingMember:
                    _sessions.OnPendingMemberDue(due.MemberId, now);
                    break;
                case DeadlineKind.Join:
                    _rebalance.OnJoinDeadline(now);
                    break;
                case DeadlineKind.Sync:
                    _rebalance.OnSyncDeadline(now);
                    break;
            }
        }
    }

    /// <summary>Removes the offsets that have outlived their retention, and with its last offset a group without members.</summary>
    public void ExpireOffsets(Moment now)
    {
        if (!_core.IsGone)
            _removals.Expire(now);
    }

    /// <summary>Topics were deleted: their offsets go.</summary>
    public void ForgetPartitions(Func<TopicPartition, bool> isGone, Moment now)
    {
        if (!_core.IsGone && _offsets.Known.Any(isGone))
            _removals.Forget(isGone, now);
    }

    /// <summary>The write's records are in the log below the watermark. Writes come back in the order in which they were asked for.</summary>
    public void Committed(GroupWrite write, Moment now)
    {
        _core.WritesInFlight--;
        foreach (var record in write.Records)
            Replay(record);
        write.Complete(now);
        RunDeadlines(now);
    }

    /// <summary>
    /// The write was refused before anything of it reached the log. (Of a write whose fate is unknown nothing is told here: the coordinator drops
    /// the group and reads its log again.) The error is told to the clients that wait for it as it stands.
    /// </summary>
    public void Refused(GroupWrite write, ErrorCode error, Moment now)
    {
        _core.WritesInFlight--;
        write.Abandon(error, now);
        RunDeadlines(now);
    }

    /// <summary>Checks the invariants that its parts list. For tests: its cost grows with the group.</summary>
    public void CheckInvariants()
    {
        _core.CheckInvariants();
        _rebalance.CheckInvariants();
    }

    private void Dispatch(RequestId request, GroupCommand command, Moment now)
    {
        switch (command)
        {
            case HeartbeatCommand heartbeat:
                _sessions.Handle(request, heartbeat, now);
                break;
            case CommitOffsetsCommand commit:
                _commits.Handle(request, commit, now);
                break;
            case FetchOffsetsCommand fetch:
                _commits.Handle(request, fetch);
                break;
            case JoinCommand join:
                _joining.Handle(request, join, now);
                break;
            case SyncCommand sync:
                _syncing.Handle(request, sync, now);
                break;
            case LeaveCommand leave:
                _leaving.Handle(request, leave, now);
                break;
            case DescribeGroupCommand:
                _core.Answer(request, Describe());
                break;
            case DeleteOffsetsCommand delete:
                _removals.Handle(request, delete, now);
                break;
            case DeleteGroupCommand delete:
                _removals.Handle(request, delete, now);
                break;
            default:
                throw new ArgumentException($"No group knows the command {command.GetType().Name}.", nameof(command));
        }
    }

    /// <summary>Who only looks finds no group any more; who wants to be in it looks its coordinator up again and finds a new one.</summary>
    private static GroupResult AnswerWhenGone(GroupCommand command) => command switch
    {
        FetchOffsetsCommand or DescribeGroupCommand or DeleteOffsetsCommand or DeleteGroupCommand => command.AnswerWithoutGroup(),
        _ => command.Fail(ErrorCode.CoordinatorNotAvailable),
    };

    private GroupDescription Describe()
    {
        var isStable = State == GroupState.Stable;
        var members = _core.Roster.Members.Select(m => new DescribedMember(
            m.Id,
            m.InstanceId,
            m.ClientId,
            m.ClientHost,
            isStable ? m.MetadataFor(_core.ProtocolName) : default,
            isStable ? m.Assignment : default));
        return new GroupDescription(
            ErrorCode.None, State.ToString(), _core.ProtocolType ?? "", isStable ? _core.ProtocolName ?? "" : "", [.. members]);
    }
}
