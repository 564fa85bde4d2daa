using Akka.Actor;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// What a <see cref="ConsumerActor"/> does, on its thread: puts the parts together, carries commands, and says what is due next.
/// <para>Invariant: with a group subscription the partitions are those that the membership owns, but for the ones on their way in or out.</para>
/// </summary>
internal sealed class ConsumerCore
{
    private readonly ConsumerContext _context;
    private readonly ConsumerLink _link;
    private readonly Action _stop;
    private readonly GroupRequests? _groupRequests;
    private readonly OffsetCommitter? _committer;
    private readonly Handover _handover;
    private readonly SlowHandlerWatch _slow;
    private readonly TopicPattern _pattern;
    private readonly List<IActorRef> _closers = [];
    private IReadOnlyDictionary<string, int> _assignedFrom = new Dictionary<string, int>();
    private long _nextAutoCommit;
    private bool _isClosing;
    private Exception? _failure;

    public ConsumerCore(ConsumerContext context, ConsumerLink link, Action stop)
    {
        _context = context;
        _link = link;
        _stop = stop;
        if (context.Settings.GroupId is { } groupId)
        {
            var options = OptionsOf(context.Settings, groupId, context.BackoffMs);
            Membership = new GroupMembership(options);
            _groupRequests = new GroupRequests(context, options);
            _committer = new OffsetCommitter(context, Membership);
        }
        Partitions = new PartitionSet(context, Membership, _committer, link);
        Fetches = new FetchLoop(context, link.Queue, Partitions.OutOfRange, (what, error) => Raise(new ConsumerTroubled(what, error, IsFinal: false)));
        _handover = new Handover(context, link, Partitions, _committer, OnRevoked);
        _slow = new SlowHandlerWatch((long)context.Settings.HandlerSlowAfter.TotalMilliseconds, Raise);
        _pattern = new TopicPattern(context);
        _nextAutoCommit = context.NowMs + AutoCommitMs;
    }

    public GroupMembership? Membership { get; }

    public PartitionSet Partitions { get; }

    public FetchLoop Fetches { get; }

    public long NowMs => _context.NowMs;

    private long AutoCommitMs => (long)_context.Settings.AutoCommitInterval.TotalMilliseconds;

    private IEnumerable<PartitionDelivery> Deliveries => Partitions.All.Where(p => p.Delivery is not null).Select(p => p.Delivery!);

    public void Start() => _context.Cluster.Changed += TellView;

    public void Stop()
    {
        _context.Cluster.Changed -= TellView;
        _committer?.Abandon(_failure ?? new ObjectDisposedException(nameof(ConsumerActor), "The consumer is closed."));
        foreach (var partition in Partitions.All)
            partition.Drop();
        _link.Queue.Complete(_failure);
        foreach (var closer in _closers)
            closer.Tell(ConsumerDone.Instance);
        _closers.Clear();
        _ = _context.DisposeAsync().AsTask();
    }

    public void Fail(string what, Exception cause)
    {
        _context.Log.Error(cause, what);
        _failure ??= cause as BrokerClientException ?? new BrokerClientException(ErrorCode.UnknownServerError, $"{what}: {cause.Message}", cause);
        Raise(new ConsumerTroubled(what, cause, IsFinal: true));
        _stop();
    }

    public void Raise(ConsumerEvent raised) => _link.Told?.Invoke(raised);

    /// <summary>Does what can be done now; answers when something is due next.</summary>
    public long Pump()
    {
        var now = NowMs;
        if (Membership is { } membership)
        {
            Carry(membership.WakeAtMs <= now ? membership.Tick(now) : []);
            AutoCommit(now);
            if (_committer!.NeedsCoordinator || Partitions.NeedsCoordinator)
                Carry(membership.WantCoordinator(now));
            _committer.Pump(now);
        }
        _handover.Pump(now);
        Partitions.Pump(now);
        Fetches.Pump(Partitions.All, now);
        _slow.Look(Deliveries, now);
        _committer?.Pump(now);
        _pattern.Pump(now);
        var wake = Math.Min(Math.Min(Partitions.WakeAtMs, Fetches.WakeAtMs), Math.Min(_handover.WakeAtMs, _slow.WakeAtMs));
        wake = Math.Min(wake, _pattern.WakeAtMs);
        wake = Math.Min(wake, Math.Min(Membership?.WakeAtMs ?? long.MaxValue, _committer?.WakeAtMs ?? long.MaxValue));
        return _committer is not null && _context.Settings.AutoCommit ? Math.Min(wake, _nextAutoCommit) : wake;
    }

    // ---- Commands ----

    public void Subscribe(Subscribe command, IActorRef sender)
    {
        if (!MaySubscribe(sender))
            return;
        _pattern.Set(null);
        SubscribeTo(command.Topics);
        sender.Tell(ConsumerDone.Instance);
    }

    public void Subscribe(SubscribePattern command, IActorRef sender)
    {
        if (!MaySubscribe(sender))
            return;
        _pattern.Set(command.Pattern);
        sender.Tell(ConsumerDone.Instance);
    }

    public void OnListed(TopicsListed listed)
    {
        if (!_isClosing && _pattern.OnListed(listed, NowMs) is { } topics)
            SubscribeTo(topics);
    }

    private bool MaySubscribe(IActorRef sender)
    {
        if (Membership is not { } membership)
            Refuse(sender, "Subscribing needs a group: set akka.broker.client.consumer.group-id, or assign partitions by hand.");
        else if (membership.State == MembershipState.Idle && Partitions.All.Count > 0)
            Refuse(sender, "Partitions are assigned by hand; a consumer does one or the other.");
        else
            return true;
        return false;
    }

    private void SubscribeTo(IReadOnlyList<string> topics)
    {
        foreach (var topic in topics)
            _context.Cluster.FollowTopic(topic);
        Carry(Membership!.Subscribe(topics, NowMs));
    }

    public void Assign(AssignTo command, IActorRef sender)
    {
        if (Membership is { State: not MembershipState.Idle } || _pattern.IsSet)
        {
            Refuse(sender, "The group assigns the partitions of this consumer; one does one or the other.");
            return;
        }
        var gone = Partitions.All.Select(p => p.Id).Where(p => !command.Partitions.ContainsKey(p)).ToList();
        if (gone.Count > 0)
            _handover.End(0, gone, isLost: false, _context.Settings.DrainTimeout);
        foreach (var (partition, start) in command.Partitions)
        {
            if (Partitions.Find(partition) is { } known)
                Partitions.MoveTo(known, start);
            else
                Partitions.Add(partition, start);
        }
        sender.Tell(ConsumerDone.Instance);
    }

    public void Pause(IReadOnlyCollection<TopicPartition> partitions, bool isPaused, IActorRef sender)
    {
        if (Missing(partitions) is { } missing)
        {
            Refuse(sender, missing);
            return;
        }
        foreach (var partition in partitions)
            Partitions.Find(partition)!.IsPaused = isPaused;
        if (!isPaused)
            _link.Queue.Nudge();
        sender.Tell(ConsumerDone.Instance);
    }

    public void Seek(SeekPartition command, IActorRef sender)
    {
        if (Missing([command.Partition]) is { } missing)
        {
            Refuse(sender, missing);
            return;
        }
        var partition = Partitions.Find(command.Partition)!;
        if (command.To.Kind == StartKind.Committed)
        {
            // Out and in again, so that what is committed is asked for.
            var isPaused = partition.IsPaused;
            Partitions.Remove(command.Partition);
            Partitions.Add(command.Partition, command.To);
            Partitions.Find(command.Partition)!.IsPaused = isPaused;
        }
        else
        {
            Partitions.MoveTo(partition, command.To);
        }
        _link.Queue.DropClosed();
        sender.Tell(ConsumerDone.Instance);
    }

    public void CommitFinished(IActorRef sender) => CommitFor(sender, () => _committer!.Uncommitted(Deliveries));

    public void Commit(CommitOffsets command, IActorRef sender) => CommitFor(sender, () => command.Offsets);

    public void GetCommitted(GetCommitted command, IActorRef sender)
    {
        if (Membership is not { } membership)
            Refuse(sender, "Nothing is committed without a group.");
        else
            CommittedAsync(membership.Options.GroupId, command.Partitions).PipeTo(sender);
    }

    public ConsumerPositions Positions() => new(
        Partitions.All.Where(p => p.Delivery is not null).ToDictionary(p => p.Id, p => p.Delivery!.Position),
        [.. Partitions.All.Select(p => p.Id)]);

    public ConsumerLag Lag() => new([.. Partitions.All.Select(p => Explainer.Lag(p, _context))]);

    public ConsumerExplanation Explain() => Explainer.Explain(_context, Membership, Partitions, _link, _failure);

    public void Close(IActorRef sender)
    {
        _closers.Add(sender);
        if (_isClosing)
            return;
        _isClosing = true;
        if (Membership is { State: not MembershipState.Idle } membership)
            Carry(membership.Leave(NowMs));
        else
            _handover.End(0, [.. Partitions.All.Select(p => p.Id)], isLost: false, Min(_context.Settings.DrainTimeout, _context.Settings.CloseTimeout));
    }

    // ---- What happened ----

    public void Carry(IReadOnlyList<MembershipEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AssignPartitions assign:
                    _handover.Begin(assign.Added);
                    break;
                case RevokePartitions revoke:
                    var drain = _isClosing ? Min(_context.Settings.DrainTimeout, _context.Settings.CloseTimeout) : _context.Settings.DrainTimeout;
                    _handover.End(revoke.Number, revoke.Partitions, revoke.IsLost, drain);
                    break;
                case MembershipFailed failed:
                    Fail($"Group {Membership!.Options.GroupId}: {failed.Reason}", BrokerClientException.Of(failed.Error, $"Group {Membership.Options.GroupId}: {failed.Reason}"));
                    break;
                case MembershipEnded:
                    _stop();
                    break;
                case SendJoin:
                    _pattern.OnJoining();
                    _groupRequests!.TrySend(effect);
                    break;
                default:
                    _groupRequests!.TrySend(effect);
                    break;
            }
        }
    }

    public void OnComputed(AssignmentComputed computed)
    {
        if (computed.PartitionCounts is not null)
            _assignedFrom = computed.PartitionCounts;
        Carry(Membership!.OnAssigned(computed.Number, computed.Assignments, NowMs));
        // The view may have changed since the assignment was made from it.
        OnView(_context.Cluster.View);
    }

    public void OnView(ClusterView view)
    {
        Partitions.OnView(view);
        if (Membership is not { State: MembershipState.Stable or MembershipState.Syncing, IsLeader: true } membership)
            return;
        var counts = GroupRequests.Counts(view, membership.TopicsOfGroup);
        if (counts.Count == _assignedFrom.Count && counts.All(c => _assignedFrom.GetValueOrDefault(c.Key) == c.Value))
            return;
        _assignedFrom = counts;
        Carry(membership.RequestRejoin(NowMs));
    }

    public void OnAssignCallbackDone(AssignCallbackDone done) => _handover.OnBegun(done);

    public void OnRevokeCallbackDone(RevokeCallbackDone done) => _handover.OnAsked(done.Number);

    public void OnCommitted(CommittedAnswered answer) => TellMembership(Partitions.OnCommitted(answer, NowMs), Membership!.Generation);

    public void OnCommitAnswered(CommitAnswered answer) => TellMembership(_committer!.OnAnswered(answer, NowMs), answer.Commit.Generation);

    /// <summary>What cannot be read is fetched again: it may have been damaged on the way.</summary>
    public void OnReadFailed(ReadFailed failed)
    {
        Raise(new ConsumerTroubled($"Reading {failed.Delivery.Partition} at offset {failed.Delivery.Position}", failed.Error, IsFinal: false));
        if (Partitions.Find(failed.Delivery.Partition) is not { } partition || !ReferenceEquals(partition.Delivery, failed.Delivery))
            return;
        _link.Queue.Drop(failed.Delivery);
        partition.FetchAgain();
        partition.BackOff(failed.Error.Message, NowMs + _context.BackoffMs);
    }

    /// <summary>The next reader begins at what is finished.</summary>
    public void OnAbandoned(PartitionDelivery delivery)
    {
        if (Partitions.Find(delivery.Partition) is not { } partition || !ReferenceEquals(partition.Delivery, delivery))
            return;
        partition.StartAt(delivery.Finished, delivery.FinishedEpoch);
        _link.Queue.DropClosed();
    }

    private void OnRevoked(int number)
    {
        if (number > 0)
            Carry(Membership!.OnRevoked(number, NowMs));
        else if (_isClosing && !_handover.IsGoing)
            _stop();
    }

    private void TellMembership(ErrorCode error, int generation)
    {
        if (error != ErrorCode.None)
            Carry(Membership!.OnCommitRefused(error, generation, NowMs));
    }

    private void TellView(ClusterView view) => _context.Self.Tell(new ViewChanged(view), ActorRefs.NoSender);

    private void AutoCommit(long now)
    {
        if (!_context.Settings.AutoCommit || now < _nextAutoCommit)
            return;
        _nextAutoCommit = now + AutoCommitMs;
        if (_committer!.IsBusy)
            return;
        var offsets = _committer.Uncommitted(Deliveries);
        _committer.Commit(offsets, AutoCommitMs, error =>
        {
            if (error is not null)
                Raise(new CommitFailed(offsets, error));
        });
    }

    private void CommitFor(IActorRef sender, Func<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> offsets)
    {
        if (_committer is null)
        {
            Refuse(sender, "Nothing can be committed without a group.");
            return;
        }
        _committer.Commit(offsets(), (long)_context.Settings.RequestTimeout.TotalMilliseconds, error => sender.Tell(error is null ? ConsumerDone.Instance : new Status.Failure(error)));
    }

    private async Task<CommittedOffsets> CommittedAsync(string groupId, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
            return new CommittedOffsets(new Dictionary<TopicPartition, OffsetAndMetadata>());
        var coordinator = await CoordinatorLookup.FindAsync(_context, groupId).ConfigureAwait(false);
        var fetched = await new PositionRequests(_context).CommittedAsync(coordinator, groupId, partitions).ConfigureAwait(false);
        return fetched.Error == ErrorCode.None ? new CommittedOffsets(fetched.Offsets) : throw BrokerClientException.Of(fetched.Error, $"Reading the offsets of group {groupId}");
    }

    private string? Missing(IEnumerable<TopicPartition> partitions)
    {
        var missing = partitions.Where(p => Partitions.Find(p) is null).ToList();
        return missing.Count == 0 ? null : $"Not assigned to this consumer: {string.Join(", ", missing)}.";
    }

    private static void Refuse(IActorRef sender, string reason) => sender.Tell(new Status.Failure(new InvalidOperationException(reason)));

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static MembershipOptions OptionsOf(ConsumerSettings settings, string groupId, long backoffMs) => new()
    {
        GroupId = groupId,
        InstanceId = settings.GroupInstanceId,
        Rack = settings.Rack,
        Assignors = [.. settings.Assignors.Select(PartitionAssignors.Get)],
        SessionTimeoutMs = (int)settings.SessionTimeout.TotalMilliseconds,
        HeartbeatIntervalMs = (int)settings.HeartbeatInterval.TotalMilliseconds,
        RebalanceTimeoutMs = (int)settings.RebalanceTimeout.TotalMilliseconds,
        RetryBackoffMs = (int)backoffMs,
    };
}
