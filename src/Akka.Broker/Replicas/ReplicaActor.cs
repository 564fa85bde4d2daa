using Akka.Actor;
using Akka.Broker.Metrics;
using Akka.Broker.Operations;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>
/// Copies one partition's log from its leader: carries <see cref="FollowerState"/>. Child of <see cref="ReplicasActor"/>, fed by the <see cref="FetcherActor"/> of the leader's node.
/// <code>
///            Follow                log taken over               PartitionFetched           written, cut
///  created ─────────▶ [ Opening ] ────────────────▶ [ Fetching ] ────────────────▶ [ Applying ] ────────▶ [ Fetching ]
///                        ▲                                │ Follow, a newer epoch        │
///                        ├────────────────────────────────┴──────────────────────────────┘
///                        └── after a wait ── [ Waiting ]  the disk is full, or another has taken the log over
/// </code>
/// <para>
/// Invariants: the log is written under this actor's token alone; at most one change of it is under way; what belongs to an earlier opening is of no effect, except that
/// its memory is let go when the log is through with it.
/// </para>
/// <para>A crash leaves a prefix of the leader's log; the next start fetches on from there, or cuts what the leader does not have.</para>
/// </summary>
internal sealed class ReplicaActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan ReopenAfter = TimeSpan.FromSeconds(1);
    private readonly ReplicaServices _services;
    private readonly TopicIdPartition _id;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _fetcher = ActorRefs.Nobody;
    private int _leader = -1;
    private int _leaderEpoch = -1;
    private int _uncleanEpoch = -1;
    private int _opening;
    private PartitionLog? _partition;
    private LogEpochs? _epochs;
    private WriterToken? _token;
    private FollowerState? _state;
    private LedPartition? _published;
    private readonly TopicFigures? _topic;
    private string? _lastRefusal;
    private string? _lastObstacle;

    public ReplicaActor(ReplicaServices services, TopicIdPartition id)
    {
        _services = services;
        _id = id;
        _topic = services.Topics?.Of(id.Topic);
        Receive<FollowFrom>(OnFollow);
        Receive<FetcherReplaced>(OnFetcherReplaced);
        Receive<Opened>(OnOpened);
        Receive<OpenFailed>(OnOpenFailed);
        Receive<Reopen>(_ => Open());
        Receive<PartitionFetched>(OnFetched);
        Receive<Appended>(OnAppended);
        Receive<Cut>(OnCut);
        Receive<ApplyFailed>(OnApplyFailed);
        Receive<LogStartRaised>(OnLogStartRaised);
        Receive<NodeInspected>(static _ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReplicaServices services, TopicIdPartition id) => Akka.Actor.Props.Create(() => new ReplicaActor(services, id));

    protected override void PostStop()
    {
        _fetcher.Tell(new StopFetching(_id));
        Unpublish();
        // What is queued under the token is not to land behind what comes next.
        if (_token is { IsCurrent: true })
            _partition!.TakeOver();
    }

    // ---- Opening ----

    private void OnFollow(FollowFrom follow)
    {
        if (follow.LeaderEpoch < _leaderEpoch || (follow.LeaderEpoch == _leaderEpoch && follow.Fetcher.Equals(_fetcher)))
            return;
        if (!follow.Fetcher.Equals(_fetcher))
            _fetcher.Tell(new StopFetching(_id));
        (_leader, _leaderEpoch, _uncleanEpoch, _fetcher) = (follow.Leader, follow.LeaderEpoch, follow.UncleanEpoch, follow.Fetcher);
        Open();
    }

    private void Open()
    {
        Timers.Cancel(nameof(Reopen));
        _opening++;
        _state = null;
        _lastRefusal = null;
        if (_services.Logs.Get(_id.TopicPartition) is not { } log || log.Id != _id || log.Failure is not null)
        {
            OpenLater("its log is not open");
            return;
        }

        (_partition, _epochs) = (log, new LogEpochs(log));
        _token = log.TakeOver();
        var opening = _opening;
        log.CaptureAsync(_token).PipeTo(Self, success: state => new Opened(opening, state), failure: cause => new OpenFailed(opening, cause));
    }

    private void OnOpened(Opened opened)
    {
        if (opened.Opening != _opening)
            return;
        var log = opened.State;
        _lastObstacle = null;
        _state = new FollowerState(_leaderEpoch, log.LogStartOffset, log.LogEndOffset, _epochs!.LatestEpoch, _partition!.HighWatermark);
        _log.Info(
            "Follows {0} at broker {1}, epoch {2}, from offset {3}, watermark {4}.", _id, _leader, _leaderEpoch, _state.LogEndOffset, _state.HighWatermark);
        Publish();
        FetchOn(backsOff: false);
    }

    private void OnOpenFailed(OpenFailed failed)
    {
        if (failed.Opening == _opening)
            OpenLater(failed.Cause.Message);
    }

    /// <summary>A log that has failed stays so until the next start; one that is late, full or taken over comes back.</summary>
    private void OpenLater(string why)
    {
        _opening++;
        _state = null;
        _fetcher.Tell(new StopFetching(_id));
        if (_lastObstacle != why)
            _log.Warning("The replica of {0} is not copied now, and tried again: {1}", _id, why);
        _lastObstacle = why;
        Timers.StartSingleTimer(nameof(Reopen), Reopen.Instance, ReopenAfter);
    }

    private void OnFetcherReplaced(FetcherReplaced replaced)
    {
        if (replaced.Leader != _leader)
            return;
        _fetcher = replaced.Fetcher;
        // With a change under way its end asks on.
        if (_state is { IsApplying: false })
            FetchOn(backsOff: false);
    }

    // ---- Fetching ----

    private void FetchOn(bool backsOff) => _fetcher.Tell(new FetchFrom(_id, _state!.NextFetch(), backsOff));

    private void OnFetched(PartitionFetched fetched)
    {
        if (_state is null || _state.IsApplying)
        {
            fetched.Response.Release();
            return;
        }

        FetchedRecords records;
        try
        {
            records = FetchedRecords.Read(fetched.Data.Records);
        }
        catch (InvalidRecordException damaged)
        {
            fetched.Response.Release();
            var why = $"the leader's records are damaged: {damaged.Message}";
            if (_lastRefusal != why)
                TellLeader(fetched.Asked.Offset);
            Refuse(why);
            return;
        }

        var step = _state.OnFetched(fetched.Asked, AnswerOf(fetched, records), _epochs!);
        if (step.Action == FollowerAction.BackOff && LateLeaders.Covers(fetched.Data.ErrorCode))
        {
            // The fetcher says so for all of that leader's partitions at once.
            fetched.Response.Release();
            FetchOn(backsOff: true);
            return;
        }

        if (step.Action != FollowerAction.BackOff)
            _lastRefusal = null;
        Carry(step, records, fetched.Response);
    }

    /// <summary>The leader reads no checksums when it sends. If this does not reach it, its scrubber's next round finds it too.</summary>
    private void TellLeader(long offset) =>
        _services.OperationsOf(_leader)?.Tell(new InspectNode(NodeSubjects.Damaged, new LogAt(_id.TopicId, _id.Partition, offset).ToString()), Self);

    private static FetchAnswer AnswerOf(PartitionFetched fetched, in FetchedRecords records)
    {
        var data = fetched.Data;
        if (data.ErrorCode != ErrorCode.None)
            return FetchAnswer.Refused(data.ErrorCode, data.LogStartOffset);
        OffsetAndEpoch? diverging = data.DivergingEpoch is { } end ? new OffsetAndEpoch(end.EndOffset, end.Epoch) : null;
        return new FetchAnswer(ErrorCode.None, data.HighWatermark, data.LogStartOffset, diverging, records.FirstOffset, records.NextOffset);
    }

    private void Carry(FollowerStep step, in FetchedRecords records, SharedResponse response)
    {
        switch (step.Action)
        {
            case FollowerAction.Append:
                Append(records, response);
                return;
            case FollowerAction.RestartAndAppend:
                _log.Info("Replica of {0} begins at {1}: {2}.", _id, step.Offset, step.Why);
                // Queued before the append, so done before it.
                _ = _partition!.TruncateFullyAndStartAtAsync(_token!, step.Offset).ContinueWith(static t => t.Exception, TaskContinuationOptions.OnlyOnFaulted);
                Append(records, response);
                return;
        }

        response.Release();
        switch (step.Action)
        {
            case FollowerAction.Truncate:
                Truncate(step);
                break;
            case FollowerAction.Restart:
                Restart(step);
                break;
            case FollowerAction.BackOff:
                Refuse(step.Why!);
                break;
            default:
                Publish();
                FetchOn(backsOff: false);
                break;
        }
    }

    private void Refuse(string why)
    {
        if (_lastRefusal != why)
            _log.Warning("Replica of {0} cannot go on from broker {1} at epoch {2} and asks again: {3}.", _id, _leader, _leaderEpoch, why);
        _lastRefusal = why;
        FetchOn(backsOff: true);
    }

    // ---- Applying ----

    private void Append(in FetchedRecords records, SharedResponse response)
    {
        var opening = _opening;
        _topic?.OnReplicated(records.Batches.Length);
        _partition!.AppendAsync(_token!, records.Batches, AppendKind.Follower).PipeTo(
            Self,
            success: result => new Appended(opening, result, response),
            failure: cause => new ApplyFailed(opening, cause));
    }

    private void Truncate(FollowerStep step)
    {
        TellLoss(step.Offset, step.Why!);
        var opening = _opening;
        _partition!.TruncateToAsync(_token!, step.Offset).PipeTo(
            Self, success: end => new Cut(opening, end), failure: cause => new ApplyFailed(opening, cause));
    }

    private void Restart(FollowerStep step)
    {
        TellLoss(step.Offset, step.Why!);
        var (opening, offset) = (_opening, step.Offset);
        _partition!.TruncateFullyAndStartAtAsync(_token!, offset).PipeTo(
            Self, success: () => new Cut(opening, offset), failure: cause => new ApplyFailed(opening, cause));
    }

    private void TellLoss(long offset, string why)
    {
        var state = _state!;
        if (offset < state.HighWatermark)
        {
            _log.Warning(
                "Replica of {0} is cut from {1} to {2}, below its watermark {3}: committed records are lost, by an unclean election or a wiped leader ({4}).",
                _id, state.LogEndOffset, offset, state.HighWatermark, why);
        }
        else if (offset < state.LogEndOffset && state.LastEpoch < _uncleanEpoch)
        {
            // After a crash the watermark is the one that was last written down: what is cut may have been committed behind it.
            _log.Warning(
                "Replica of {0} is cut from {1} to {2}: it was written before the unclean election of epoch {3}, by which records that were committed are lost if they are among it; its watermark was {4} when that was last known ({5}).",
                _id, state.LogEndOffset, offset, _uncleanEpoch, state.HighWatermark, why);
        }
        else if (offset < state.LogEndOffset)
        {
            _log.Info("Replica of {0} is cut from {1} to {2}: {3}.", _id, state.LogEndOffset, offset, why);
        }
    }

    private void OnAppended(Appended appended)
    {
        appended.Response.Release();
        if (appended.Opening != _opening)
            return;
        var result = appended.Result;
        if (!result.IsAppended)
        {
            if (result.Status == AppendStatus.DiskFull && _state!.LogEndOffset == _partition!.LogEndOffset)
            {
                _state.OnNoSpace();
                Publish();
            }
            OpenLater(result.Error?.Message ?? $"the append was answered {result.Status}");
            return;
        }

        _state!.OnAppended(_partition!.LogStartOffset, result.LogEndOffset, _epochs!.LatestEpoch);
        Publish();
        FetchOn(backsOff: false);
    }

    private void OnCut(Cut cut)
    {
        if (cut.Opening != _opening)
            return;
        _state!.OnTruncated(_partition!.LogStartOffset, cut.LogEndOffset, _epochs!.LatestEpoch);
        Publish();
        FetchOn(backsOff: false);
    }

    private void OnApplyFailed(ApplyFailed failed)
    {
        if (failed.Opening == _opening)
            OpenLater(failed.Cause.Message);
    }

    // ---- What is known of the leader ----

    private void Publish()
    {
        var (log, state) = (_partition!, _state!);
        log.HighWatermark = state.HighWatermark;
        if (state.LogStartToRaise is { } start)
        {
            var opening = _opening;
            // Should it fail, the next answer asks for it again.
            log.IncrementLogStartOffsetAsync(start).PipeTo(Self, success: raised => new LogStartRaised(opening, raised), failure: _ => new LogStartRaised(opening, -1));
        }

        PublishView();
    }

    private void PublishView()
    {
        var (log, state) = (_partition!, _state!);
        var stable = Math.Clamp(log.LastStableOffset(state.HighWatermark), state.LogStartOffset, state.HighWatermark);
        var view = new PartitionView(_leaderEpoch, state.LogStartOffset, stable, state.HighWatermark, state.LogEndOffset);
        if (_published is null || view.HighWatermark < _published.View.HighWatermark)
        {
            // Who reads a log that was cut begins anew.
            Unpublish();
            _published = new LedPartition(_id, log, view) { Owner = Self, Topic = _topic };
            _services.Followed.Register(_published);
        }
        else if (view != _published.View)
        {
            _published.Publish(view);
        }
    }

    private void Unpublish()
    {
        if (_published is null)
            return;
        _services.Followed.Remove(_published);
        _published.Close();
        _published = null;
    }

    private void OnLogStartRaised(LogStartRaised raised)
    {
        // A cut may have come in between.
        if (raised.Opening != _opening || _state is not { } state || raised.Offset <= state.LogStartOffset || raised.Offset > state.LogEndOffset)
            return;
        state.OnLogStartRaised(raised.Offset);
        PublishView();
        // Else the end of the change that is under way asks on, and says it too.
        if (!state.IsApplying)
            _fetcher.Tell(new TellLogStart(_id, raised.Offset));
    }

    /// <summary><see cref="Follow"/> with the way to the leader.</summary>
    internal sealed record FollowFrom(int Leader, int LeaderEpoch, int UncleanEpoch, IActorRef Fetcher);

    private sealed record Opened(int Opening, LogState State);

    private sealed record OpenFailed(int Opening, Exception Cause);

    private sealed record Appended(int Opening, AppendResult Result, SharedResponse Response);

    private sealed record Cut(int Opening, long LogEndOffset);

    private sealed record ApplyFailed(int Opening, Exception Cause);

    private sealed record LogStartRaised(int Opening, long Offset);

    private sealed class Reopen
    {
        public static readonly Reopen Instance = new();
    }
}
