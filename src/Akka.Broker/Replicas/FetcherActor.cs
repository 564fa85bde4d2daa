using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Interbroker;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>
/// Fetches from one leader's node all that this node follows there: one connection, one fetch session, all partitions in one request, one request at a time.
/// <code>
///             something can be fetched                answered: each replica gets its part
///  [ Resting ] ──────────────────────▶ [ Asking ] ─────────────────────────────────────────▶ [ Sharing out ]
///       ▲   ▲                             │ failed                                                │
///       │   └──────── after a wait ───────┘                   all are back, or the grace is over   │
///       └────────────────────────────────────────────────────────────────────────────────────────┘
/// </code>
/// A replica that is not back when the grace is over (its disk is slow) is left out of the session until it is, and the others go on. One that comes while a request
/// waits at the leader hurries that: a second, empty request makes the leader answer the first.
/// <para>
/// Most leaders have thousands of partitions of which few have news at a time: a request costs what has changed since the last (<see cref="_changed"/>), not what there is.
/// </para>
/// <para>
/// Invariants: a partition is asked for only while its replica waits for the answer; at most one request for records is under way, so at most
/// <c>replica.fetch.response.max.bytes</c> of memory; what the session knows of a partition is what was asked last; _ready and _out count the positions in these states.
/// </para>
/// </summary>
internal sealed class FetcherActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(10);

    /// <summary>A leader that was just elected is up in a moment: the first pause of a partition that was refused. It doubles up to <c>replica.fetch.backoff.ms</c>.</summary>
    private const int FirstBackOffMs = 5;
    private const int DoublingsMax = 10;
    private readonly ReplicaServices _services;
    private readonly int _leader;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<TopicIdPartition, FetchPosition> _positions = [];
    private readonly FetcherSession _session = new();
    private readonly Func<TopicIdPartition, int> _bytesMaxOf;
    private readonly LateLeaders _late;
    private IBrokerConnection? _connection;
    private bool _isAsking;
    private bool _isHurried;
    private bool _isPausing;
    private readonly List<FetchPosition> _changed = [];
    private readonly List<FetchPosition> _heldBack = [];
    private TimeSpan _heldBackFor;
    private int _ready;
    private int _out;
    private string? _lastFailure;

    public FetcherActor(ReplicaServices services, int leader)
    {
        _services = services;
        _leader = leader;
        _late = new LateLeaders(leader, _log);
        _bytesMaxOf = BytesMaxOf;
        Receive<FetchFrom>(OnFetchFrom);
        Receive<TellLogStart>(OnTellLogStart);
        Receive<StopFetching>(OnStop);
        Receive<Answered>(OnAnswered);
        Receive<AskFailed>(OnFailed);
        Receive<GraceOver>(_ => Ask());
        Receive<PauseOver>(_ => OnPauseOver());
        Receive<BackOffOver>(_ => OnBackOffOver());
        Receive<LateTooLong>(_ => _late.Warn(LateMax));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReplicaServices services, int leader) => Akka.Actor.Props.Create(() => new FetcherActor(services, leader));

    protected override void PostStop() => _connection?.Dispose();

    private void OnFetchFrom(FetchFrom from)
    {
        if (!_positions.TryGetValue(from.Target, out var position))
            _positions[from.Target] = position = new FetchPosition(from.Target);
        position.Replica = Sender;
        position.Next = from.Fetch;
        if (from.BacksOff)
        {
            HoldBack(position, BackOffOf(position.Refusals++));
        }
        else
        {
            position.Refusals = 0;
            Set(position, FetchPositionState.Ready);
        }

        if (_isAsking && !from.BacksOff)
            Hurry();
        else if (!_isAsking && _out == 0)
            Ask();
    }

    private void OnTellLogStart(TellLogStart told)
    {
        if (!_positions.TryGetValue(told.Target, out var position) || !position.Replica.Equals(Sender))
            return;
        position.Next = position.Next with { LogStartOffset = told.LogStartOffset };
        if (position.State != FetchPositionState.Ready)
            return;
        Set(position, FetchPositionState.Ready);
        if (_isAsking)
            Hurry();
        else if (_out == 0)
            Ask();
    }

    private void OnStop(StopFetching stop)
    {
        if (!_positions.TryGetValue(stop.Target, out var position) || !position.Replica.Equals(Sender))
            return;
        _late.Forget(stop.Target);
        var wasOut = position.State == FetchPositionState.Out;
        Set(position, FetchPositionState.Stopped);
        if (wasOut && !_isAsking && _out == 0)
            Ask();
    }

    private void Set(FetchPosition position, FetchPositionState state)
    {
        Count(position.State, -1);
        position.State = state;
        Count(state, +1);
        if (position.HasChanged)
            return;
        position.HasChanged = true;
        _changed.Add(position);
    }

    private void Count(FetchPositionState state, int change)
    {
        if (state == FetchPositionState.Ready)
            _ready += change;
        else if (state == FetchPositionState.Out)
            _out += change;
        Invariant.Check(_ready >= 0 && _out >= 0);
    }

    private TimeSpan BackOff => TimeSpan.FromMilliseconds(_services.Options.FetchBackoffMs);

    private TimeSpan BackOffOf(int refusals)
    {
        var growing = TimeSpan.FromMilliseconds(FirstBackOffMs << Math.Min(refusals, DoublingsMax));
        return growing < BackOff ? growing : BackOff;
    }

    private void OnBackOffOver()
    {
        foreach (var position in _heldBack)
        {
            if (position.State == FetchPositionState.BackingOff)
                Set(position, FetchPositionState.Ready);
        }
        _heldBack.Clear();

        if (_isAsking)
            Hurry();
        else if (_out == 0)
            Ask();
    }

    // ---- Asking ----

    private void Ask()
    {
        Timers.Cancel(nameof(GraceOver));
        HoldBackThrottled();
        if (_isAsking || _isPausing || _ready == 0)
            return;
        if (Connection() is not { } connection)
        {
            Pause($"broker {_leader} has no listener {_services.Options.InterBrokerListener} in this node's metadata");
            return;
        }

        var request = Request();
        _session.Fill(request, _positions.Values, _changed, _bytesMaxOf);
        foreach (var position in _changed)
        {
            position.HasChanged = false;
            if (position.State == FetchPositionState.Stopped)
                _positions.Remove(position.Target);
        }

        _changed.Clear();
        (_isAsking, _isHurried) = (true, false);
        AskAsync(connection, request).PipeTo(Self, success: response => new Answered(connection, response), failure: cause => new AskFailed(connection, cause));
    }

    private int BytesMaxOf(TopicIdPartition target)
    {
        var max = _services.Options.FetchMaxBytes;
        return _services.Throttle is { } throttle && throttle.Counts(target, _services.Options.NodeId) ? Math.Min(max, ReplicationThrottle.FetchBytesMax) : max;
    }

    private void HoldBackThrottled()
    {
        if (_services.Throttle is not { } throttle || !throttle.IsUsedUp())
            return;
        foreach (var position in _positions.Values)
        {
            if (position.State == FetchPositionState.Ready && throttle.Counts(position.Target, _services.Options.NodeId))
                HoldBack(position, BackOff);
        }
    }

    /// <summary>All that are held back go on when the shortest pause is over: who comes too early is refused once more.</summary>
    private void HoldBack(FetchPosition position, TimeSpan pause)
    {
        Set(position, FetchPositionState.BackingOff);
        _heldBack.Add(position);
        if (Timers.IsTimerActive(nameof(BackOffOver)) && pause >= _heldBackFor)
            return;
        _heldBackFor = pause;
        Timers.StartSingleTimer(nameof(BackOffOver), BackOffOver.Instance, pause);
    }

    private FetchRequest Request()
    {
        var options = _services.Options;
        return new FetchRequest
        {
            ReplicaState = new() { ReplicaId = options.NodeId, ReplicaEpoch = OwnEpoch() },
            MaxWaitMs = options.FetchWaitMaxMs,
            MinBytes = options.FetchMinBytes,
            MaxBytes = options.FetchResponseMaxBytes,
        };
    }

    private long OwnEpoch() => _services.Metadata.Current.Brokers.TryGetValue(_services.Options.NodeId, out var own) ? own.Epoch : -1;

    private async Task<BrokerResponse<FetchResponse>> AskAsync(IBrokerConnection connection, FetchRequest request)
    {
        var timeout = TimeSpan.FromMilliseconds((long)_services.Options.FetchWaitMaxMs + _services.Options.SocketTimeoutMs);
        return await connection.AskAsync<FetchRequest, FetchResponse>(request, timeout).ConfigureAwait(false);
    }

    /// <summary>The leader answers what it has of the request under way.</summary>
    private void Hurry()
    {
        if (_isHurried || _connection is null)
            return;
        _isHurried = true;
        var nudge = Request();
        nudge.MaxWaitMs = 0;
        nudge.SessionEpoch = FetcherSession.None;
        // Whether it is answered is of no interest: the request under way tells.
        _ = AskAsync(_connection, nudge).ContinueWith(
            static answered =>
            {
                if (answered.IsCompletedSuccessfully)
                    answered.Result.Dispose();
                _ = answered.Exception;
            },
            TaskContinuationOptions.ExecuteSynchronously);
    }

    /// <summary>To where the leader's node is by the newest metadata.</summary>
    private IBrokerConnection? Connection()
    {
        var address = _services.Metadata.Current.Brokers.TryGetValue(_leader, out var broker)
            ? broker.AddressOf(_services.Options.InterBrokerListener)
            : null;
        if (address is null)
            return null;
        if (_connection?.Address == address)
            return _connection;
        _connection?.Dispose();
        _session.Reset();
        return _connection = _services.Connections.Open(address.Value, "replica");
    }

    // ---- Answers ----

    private void OnAnswered(Answered answered)
    {
        _isAsking = false;
        var shared = new SharedResponse(answered.Response);
        var response = answered.Response.Message;
        if (response.ErrorCode != ErrorCode.None)
        {
            OnRefused(response.ErrorCode);
        }
        else
        {
            if (_lastFailure is not null)
                _log.Info("Broker {0} answers fetches again.", _leader);
            _lastFailure = null;
            _session.OnAnswered(response.SessionId);
            ShareOut(response, shared);
        }

        shared.Release();
        if (_out == 0)
            Ask();
        else
            Timers.StartSingleTimer(nameof(GraceOver), GraceOver.Instance, Grace);
    }

    private void ShareOut(FetchResponse response, SharedResponse shared)
    {
        var isAllTaken = true;
        foreach (var topic in response.Responses)
        {
            foreach (var data in topic.Partitions)
            {
                if (_session.Find(topic.TopicId, data.PartitionIndex) is not { } asked || !_positions.TryGetValue(asked.Target, out var position))
                    continue;
                if (position.State != FetchPositionState.Ready || !position.Next.IsAnsweredAs(asked.Fetch))
                {
                    isAllTaken = false;
                    continue;
                }

                shared.Hold();
                Set(position, FetchPositionState.Out);
                _late.Note(asked.Target, data.ErrorCode);
                if (data.Records is { SizeInBytes: > 0 } && _services.Throttle is { } throttle && throttle.Counts(asked.Target, _services.Options.NodeId))
                    throttle.Take(data.Records.SizeInBytes);
                position.Replica.Tell(new PartitionFetched(asked.Target, asked.Fetch, data, shared));
            }
        }

        // The leader has noted as told what nobody took here: a watermark would not be told again. Asked anew, it tells all.
        if (!isAllTaken)
            _session.Reset();
        if (_late.Report())
            Timers.StartSingleTimer(nameof(LateTooLong), LateTooLong.Instance, LateMax);
    }

    private void OnRefused(ErrorCode error)
    {
        _session.Reset();
        // A session that is gone is made anew at once.
        if (error is not (ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch or ErrorCode.FetchSessionTopicIdError))
            Pause($"it answers {error}");
    }

    private void OnFailed(AskFailed failed)
    {
        _isAsking = false;
        _session.Reset();
        Pause(failed.Cause.Message);
    }

    private void Pause(string why)
    {
        Note(why);
        _isPausing = true;
        Timers.StartSingleTimer(nameof(PauseOver), PauseOver.Instance, BackOff);
    }

    private void Note(string why)
    {
        if (_lastFailure is null)
            _log.Warning("Fetching from broker {0} fails and is tried again: {1}", _leader, why);
        _lastFailure = why;
    }

    private void OnPauseOver()
    {
        _isPausing = false;
        if (_out == 0)
            Ask();
    }

    private sealed record Answered(IBrokerConnection Connection, BrokerResponse<FetchResponse> Response);

    private sealed record AskFailed(IBrokerConnection Connection, Exception Cause);

    private sealed class GraceOver
    {
        public static readonly GraceOver Instance = new();
    }

    private sealed class PauseOver
    {
        public static readonly PauseOver Instance = new();
    }

    private sealed class LateTooLong
    {
        public static readonly LateTooLong Instance = new();
    }

    private sealed class BackOffOver
    {
        public static readonly BackOffOver Instance = new();
    }
}
