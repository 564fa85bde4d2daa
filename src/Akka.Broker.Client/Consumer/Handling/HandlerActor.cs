using Akka.Actor;
using Akka.Broker.Client.Diagnostics;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>What a <see cref="HandlerActor{TKey,TValue}"/> is made of.</summary>
internal sealed record HandlerParts<TKey, TValue>
{
    public required ConsumerLink Link { get; init; }

    public required RecordDecoder<TKey, TValue> Decoder { get; init; }

    public required Func<IActorRefFactory, IRecordHandlers<TKey, TValue>> Handlers { get; init; }

    public required HandlerOptions Options { get; init; }

    public required ConsumerSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    public required ConsumerTelemetry Telemetry { get; init; }

    public required IDeadLetterWriter DeadLetters { get; init; }

    /// <summary>Completed when the last handler is through after the end, or failed with the consumer.</summary>
    public required TaskCompletionSource Ended { get; init; }
}

/// <summary>No further record is begun; the run ends when those with handlers are through.</summary>
internal sealed class StopHandling
{
    public static readonly StopHandling Instance = new();
}

/// <summary>
/// The reader that hands records to handlers, several at once and in order for each key: feeds a <see cref="KeyOrderedScheduler{T}"/> from the queue, as far ahead as it is allowed
/// and as handlers need, and says what is finished without a gap.
/// <code>
///  ChunkQueue ─▶ PartitionRun (reader, tracker) ─▶ scheduler ─▶ handlers ─┬─ done ──────────────────────▶ finished
///                                                     ▲                   ├─ failed ─ retry, after a delay ─┐
///                                                     └───────────────────┼─────────────────────────────────┘
///                                                                         └─ failed too often ─▶ dead-letter topic ─▶ finished
/// </code>
/// Handlers run outside it: neither one that blocks nor one that never returns stops it.
/// </summary>
internal sealed class HandlerActor<TKey, TValue> : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan DeadLetterLook = TimeSpan.FromSeconds(1);

    private readonly HandlerParts<TKey, TValue> _parts;
    private readonly KeyOrderedScheduler<HandledRecord> _scheduler;
    private readonly Dictionary<PartitionDelivery, PartitionRun> _runs = [];
    private readonly IRecordHandlers<TKey, TValue> _handlers;
    private readonly HandlerRunner<TKey, TValue> _runner;
    private readonly HandlerAttempts _attempts = new();
    private readonly Predicate<PartitionDelivery> _hasNoChunk;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _startedAt;
    private long _armedForMs = long.MaxValue;
    private bool _isStopping;
    private Exception? _failure;

    public HandlerActor(HandlerParts<TKey, TValue> parts)
    {
        _parts = parts;
        _startedAt = parts.Time.GetTimestamp();
        _scheduler = new KeyOrderedScheduler<HandledRecord>(parts.Options.Parallelism);
        _handlers = parts.Handlers(Context.System);
        _runner = new HandlerRunner<TKey, TValue>(parts, _handlers, Self);
        _hasNoChunk = delivery => !_runs.TryGetValue(delivery, out var run) || run.Reader.Chunk is null;
        Receive<QueueFilled>(_ => { });
        Receive<SomethingDue>(_ => _armedForMs = long.MaxValue);
        Receive<HandlerAttempt>(OnThrough);
        Receive<DeadLettered>(letter => Finish(letter.Record, letter.IsWritten));
        Receive<StopHandling>(_ => Stop());
        Receive<DrainOver>(_ => Context.Stop(Self));
        Receive<QueueEnded>(ended =>
        {
            _failure = ended.Error;
            Stop();
            // A consumer that was closed has waited for handlers already.
            if (ended.Error is null)
                Context.Stop(Self);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long NowMs => (long)_parts.Time.GetElapsedTime(_startedAt).TotalMilliseconds;

    protected override bool AroundReceive(Receive receive, object message)
    {
        var isHandled = base.AroundReceive(receive, message);
        Pump();
        return isHandled;
    }

    protected override void PreStart()
    {
        var self = Self;
        _parts.Link.Queue.Filled = () => self.Tell(QueueFilled.Instance, ActorRefs.NoSender);
        _ = WatchEndAsync(self);
        self.Tell(QueueFilled.Instance, ActorRefs.NoSender);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // Its records cannot be accounted for any more: what was not finished is delivered again, by whoever begins anew.
        _failure = reason;
        Context.Stop(Self);
        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        _parts.Link.Queue.Filled = null;
        _stopping.Cancel();
        while (_attempts.First is { } running)
        {
            running.GiveUp(new OperationCanceledException("The run of handlers has ended."));
            _attempts.Remove(running);
        }
        _handlers.Dispose();
        foreach (var run in _runs.Values)
        {
            Close(run);
            if (run.Delivery.IsClosed)
                continue;
            if (run.Tracker.Ahead > 0)
                _parts.Link.Abandon(run.Delivery);
            run.Delivery.Unhold();
        }
        if (_failure is null)
            _parts.Ended.TrySetResult();
        else
            _parts.Ended.TrySetException(_failure);
    }

    /// <summary>The queue says when it is filled, but only to who waits that it has ended.</summary>
    private async Task WatchEndAsync(IActorRef self)
    {
        try
        {
            await _parts.Link.Queue.EndAsync(_stopping.Token).ConfigureAwait(false);
            self.Tell(new QueueEnded(null), ActorRefs.NoSender);
        }
        catch (OperationCanceledException)
        {
            // The run has ended first.
        }
        catch (Exception e)
        {
            self.Tell(new QueueEnded(e), ActorRefs.NoSender);
        }
    }

    private void Pump()
    {
        DropClosed();
        var now = NowMs;
        GiveUpLate(now);
        while (!_isStopping)
        {
            while (_scheduler.TryStart(now, out var record))
                Start(record, now);
            if (_scheduler.HasReady || !Feed())
                break;
        }
        if (_isStopping && _scheduler.Running == 0)
            Context.Stop(Self);
        else
            Arm(Math.Min(_isStopping ? long.MaxValue : _scheduler.NextDueMs, _attempts.First?.DeadlineMs ?? long.MaxValue), now);
    }

    private void Arm(long dueMs, long now)
    {
        if (dueMs >= _armedForMs)
            return;
        _armedForMs = dueMs;
        Timers.StartSingleTimer(SomethingDue.Instance, SomethingDue.Instance, TimeSpan.FromMilliseconds(Math.Max(1, dueMs - now)));
    }

    /// <summary>Handlers that run may end, but one that hangs keeps nobody from ending: its token is cancelled, and its record is delivered again.</summary>
    private void Stop()
    {
        if (_isStopping)
            return;
        _isStopping = true;
        var drain = Math.Max(1, _parts.Settings.DrainTimeout.TotalMilliseconds);
        Timers.StartSingleTimer(DrainOver.Instance, DrainOver.Instance, TimeSpan.FromMilliseconds(drain));
        _scheduler.Remove(static _ => true, static _ => { });
    }

    // ---- Records in ----

    /// <summary>Reads some records that may be begun. False: there is nothing, or no room.</summary>
    private bool Feed()
    {
        foreach (var run in _runs.Values)
        {
            if (run.Reader.Chunk is not null && Read(run))
                return true;
        }
        while (_parts.Link.Queue.TryTake(out var chunk, _hasNoChunk))
        {
            if (!_runs.TryGetValue(chunk.Delivery, out var run))
                _runs[chunk.Delivery] = run = new PartitionRun(chunk.Delivery, new ChunkReader(_parts.Settings.CheckCrcs, _parts.Settings.DecompressedMaxBytes));
            run.Reader.Open(chunk);
            if (Read(run))
                return true;
        }
        return false;
    }

    /// <summary>False if not one record was read.</summary>
    private bool Read(PartitionRun run)
    {
        var delivery = run.Delivery;
        var count = 0;
        try
        {
            while (count < _parts.Options.Parallelism)
            {
                if (delivery.IsPaused)
                {
                    _parts.Link.Queue.PutBack(run.Reader.Chunk!);
                    run.Reader.Close();
                    break;
                }
                if (run.Tracker.Ahead >= _parts.Options.AheadMax)
                    break;
                if (!run.Reader.MoveNext())
                {
                    EndChunk(run);
                    break;
                }
                if (run.Tracker.Ahead == 0 && !delivery.TryHold())
                    break;
                Add(run);
                count++;
            }
        }
        catch (CorruptBatchException e)
        {
            _parts.Link.Queue.Done(run.Reader.Chunk!);
            run.Reader.Close();
            _parts.Link.ReadFailed(delivery, e);
        }
        return count > 0;
    }

    private void Add(PartitionRun run)
    {
        var kept = new KeptRecord(run.Reader);
        run.Begin(kept.Offset, kept.Epoch);
        run.Delivery.MoveTo(kept.Offset + 1, kept.TimestampMs);
        _scheduler.Add(new HandledRecord(RecordLane.Of(run.Delivery.Partition, kept, _parts.Options.Order), run, kept));
    }

    private void EndChunk(PartitionRun run)
    {
        var chunk = run.Reader.Chunk!;
        run.Delivery.MoveTo(chunk.NextOffset);
        run.Tracker.PassTo(chunk.NextOffset);
        run.Publish();
        run.Reader.Close();
        _parts.Link.Queue.Done(chunk);
    }

    private void DropClosed()
    {
        List<PartitionRun>? closed = null;
        foreach (var run in _runs.Values)
        {
            if (run.Delivery.IsClosed && (!run.IsEnded || run.Running == 0))
                (closed ??= []).Add(run);
        }
        if (closed is null)
            return;
        _scheduler.Remove(static r => r.Run.Delivery.IsClosed, static _ => { });
        foreach (var run in closed)
        {
            run.IsEnded = true;
            Close(run);
            run.Publish();
            if (run.Running == 0)
                _runs.Remove(run.Delivery);
        }
    }

    private void Close(PartitionRun run)
    {
        if (run.Reader.Chunk is { } chunk)
        {
            run.Reader.Close();
            if (run.Delivery.IsClosed)
                _parts.Link.Queue.Done(chunk);
            else
                _parts.Link.Queue.PutBack(chunk);
        }
        run.Reader.Dispose();
    }

    // ---- Records through ----

    private void Start(HandledRecord record, long now)
    {
        record.Run.Running++;
        var timeout = _parts.Options.Timeout;
        var attempt = new HandlerAttempt(record, _runner, new CancellationTokenSource());
        if (timeout is { } limit)
            attempt.DeadlineMs = now + (long)limit.TotalMilliseconds;
        _attempts.Add(attempt);
        ThreadPool.UnsafeQueueUserWorkItem(attempt, preferLocal: false);
    }

    private void OnThrough(HandlerAttempt attempt)
    {
        if (attempt.IsOver)
            return;
        _attempts.Remove(attempt);
        OnEnded(attempt.Record, attempt.Error);
    }

    /// <summary>Handlers that are not through in time, and perhaps never will be, are waited for no more.</summary>
    private void GiveUpLate(long now)
    {
        while (_attempts.First is { } late && late.DeadlineMs <= now)
        {
            var error = new TimeoutException($"The handler was not through after {_parts.Options.Timeout}.");
            late.GiveUp(error);
            _attempts.Remove(late);
            OnEnded(late.Record, error);
        }
    }

    private void OnEnded(HandledRecord record, Exception? failure)
    {
        var partition = record.Run.Delivery.Partition;
        if (failure is not { } error || record.Run.Delivery.IsClosed)
        {
            Finish(record, isHandled: failure is null);
            return;
        }
        var retry = _parts.Options.Retry;
        // What cannot be read now will not be readable later.
        if (record.Attempts < retry.AttemptsMax && error is not RecordDeserializationException)
        {
            var delay = retry.DelayAfter(record.Attempts);
            record.Run.Running--;
            _scheduler.Retry(record, NowMs + (long)delay.TotalMilliseconds);
            _parts.Link.Raise(new HandlerFailed(partition, record.Kept.Offset, record.Attempts, error, delay));
        }
        else if (retry.DeadLetterTopic is { } topic)
        {
            WriteAsync(record, topic, error).PipeTo(Self, success: isWritten => new DeadLettered(record, isWritten), failure: _ => new DeadLettered(record, false));
        }
        else
        {
            _log.Warning("{0}@{1} is left behind after {2} attempts: {3}", partition, record.Kept.Offset, record.Attempts, error.Message);
            _parts.Link.Raise(new RecordSkipped(partition, record.Kept.Offset, record.Attempts, error));
            Finish(record);
        }
    }

    /// <summary>
    /// Again and again until it is written: a record is neither lost nor passed over because the dead-letter topic cannot be reached. False: the partition is gone, and whoever
    /// has it now begins with this record.
    /// </summary>
    private async Task<bool> WriteAsync(HandledRecord record, string topic, Exception error)
    {
        var delivery = record.Run.Delivery;
        for (var failures = 1; !delivery.IsClosed; failures++)
        {
            try
            {
                var writing = _parts.DeadLetters.WriteAsync(topic, delivery.Partition, record.Kept, record.Attempts, error, _parts.Settings.GroupId);
                if (!await IsWrittenAsync(writing, record, topic).ConfigureAwait(false))
                    return false;
                _parts.Link.Raise(new RecordDeadLettered(delivery.Partition, record.Kept.Offset, record.Attempts, error, topic));
                return true;
            }
            catch (BrokerClientException e)
            {
                _parts.Link.Raise(new ConsumerTroubled($"Writing {delivery.Partition}@{record.Kept.Offset} to {topic}", e, IsFinal: false));
                await Task.Delay(_parts.Options.Retry.DelayAfter(failures), _parts.Time, _stopping.Token).ConfigureAwait(false);
            }
        }
        return false;
    }

    /// <summary>Writing has no end of its own while the topic's leader is out of reach: looks now and then whether the partition is gone, and says that it is waited for.</summary>
    private async Task<bool> IsWrittenAsync(Task writing, HandledRecord record, string topic)
    {
        var delivery = record.Run.Delivery;
        var reportedAt = NowMs;
        while (true)
        {
            try
            {
                await writing.WaitAsync(DeadLetterLook, _parts.Time, _stopping.Token).ConfigureAwait(false);
                return true;
            }
            catch (TimeoutException) when (!writing.IsCompleted)
            {
                if (delivery.IsClosed)
                    return false;
            }
            if (NowMs - reportedAt < (long)_parts.Settings.RequestTimeout.TotalMilliseconds)
                continue;
            reportedAt = NowMs;
            var waits = new BrokerUnreachableException($"No leader of {topic} has taken it for {_parts.Settings.RequestTimeout}.");
            _parts.Link.Raise(new ConsumerTroubled($"Writing {delivery.Partition}@{record.Kept.Offset} to {topic}", waits, IsFinal: false));
        }
    }

    private void Finish(HandledRecord record, bool isHandled = true)
    {
        record.Run.Running--;
        _scheduler.Finish(record);
        if (isHandled)
            record.Run.Finish(record.Kept.Offset);
        else
            record.Run.Publish();
    }

    private sealed class DrainOver
    {
        public static readonly DrainOver Instance = new();
    }

    private sealed record DeadLettered(HandledRecord Record, bool IsWritten);

    private sealed record QueueEnded(Exception? Error) : IDeadLetterSuppression;

    private sealed class QueueFilled
    {
        public static readonly QueueFilled Instance = new();
    }

    private sealed class SomethingDue
    {
        public static readonly SomethingDue Instance = new();
    }
}
