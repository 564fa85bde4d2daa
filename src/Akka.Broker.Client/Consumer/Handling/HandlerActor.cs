using Akka.Actor;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>No further record is begun; the run ends when those with handlers are through.</summary>
internal sealed class StopHandling
{
    public static readonly StopHandling Instance = new();
}

/// <summary>
/// The reader that hands records to handlers, several at once and in order for each key, and says what is finished without a gap.
/// <code>
///  ChunkQueue ─▶ HandlerFeed ─▶ KeyOrderedScheduler ─▶ handlers ─┬─ done ──────────────────────▶ finished
///                                       ▲                        ├─ failed ─ retry, after a delay ─┐
///                                       └────────────────────────┼─────────────────────────────────┘
///                                                                └─ failed too often ─▶ dead-letter topic ─▶ finished
///
///  [ running ] ─ StopHandling, a fault of the consumer ─▶ [ stopping: nothing is begun ] ─ no handler runs, or drain-timeout ─▶ [ over ]
///       └─ the consumer is closed (it has drained its handlers), a fault here ──────────────────────────────────────────────────────▲
/// </code>
/// Handlers run outside it: neither one that blocks nor one that never returns stops it. Over means, whichever way: tokens of handlers that run are cancelled, what is unfinished
/// of open partitions is delivered again, and <see cref="HandlerParts{TKey,TValue}.Ended"/> is told.
/// </summary>
internal sealed class HandlerActor<TKey, TValue> : ReceiveActor, IWithTimers
{
    private readonly HandlerParts<TKey, TValue> _parts;
    private readonly KeyOrderedScheduler<HandledRecord> _scheduler;
    private readonly HandlerFeed _feed;
    private readonly HandlerAttempts _attempts;
    private readonly DeadLetterDelivery _deadLetters;
    private readonly IRecordHandlers<TKey, TValue> _handlers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _over = new();
    private readonly long _startedAt;
    private long _armedForMs = long.MaxValue;
    private bool _isStopping;
    private Exception? _failure;

    public HandlerActor(HandlerParts<TKey, TValue> parts)
    {
        var options = parts.Options;
        _parts = parts;
        _startedAt = parts.Time.GetTimestamp();
        _scheduler = new KeyOrderedScheduler<HandledRecord>(options.Parallelism);
        _feed = new HandlerFeed(parts.Link, parts.Settings, options, _scheduler);
        _handlers = parts.Handlers(Context.System);
        _attempts = new HandlerAttempts(new HandlerRunner<TKey, TValue>(parts, _handlers, Self), options.Timeout, options.Parallelism);
        _deadLetters = new DeadLetterDelivery(parts.DeadLetters, parts.Link, parts.Settings, options.Retry, parts.Time);
        Receive<QueueFilled>(_ => { });
        Receive<SomethingDue>(_ => _armedForMs = long.MaxValue);
        Receive<HandlerAttempt>(OnThrough);
        Receive<DeadLettered>(letter => Finish(letter.Record, letter.IsWritten));
        Receive<StopHandling>(_ => BeginStop(null));
        Receive<QueueEnded>(OnQueueEnded);
        Receive<Fault>(fault => End(fault.Cause));
        Receive<DrainOver>(_ => End(_failure));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long NowMs => (long)_parts.Time.GetElapsedTime(_startedAt).TotalMilliseconds;

    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            var isHandled = base.AroundReceive(receive, message);
            Pump();
            return isHandled;
        }
#pragma warning disable CA1031 // whoever waits for the run is told, whatever it is
        catch (Exception fault)
#pragma warning restore CA1031
        {
            // Its records cannot be accounted for any more: what was not finished is delivered again, to whoever begins anew.
            _log.Error(fault, "Handing out records has failed.");
            End(fault);
            return true;
        }
    }

    protected override void PreStart()
    {
        var self = Self;
        _parts.Link.Queue.Filled = () => self.Tell(QueueFilled.Instance, ActorRefs.NoSender);
        _ = WatchEndAsync(self);
        self.Tell(QueueFilled.Instance, ActorRefs.NoSender);
    }

    protected override void PostStop()
    {
        _parts.Link.Queue.Filled = null;
        _over.Cancel();
        _attempts.GiveUpAll(new OperationCanceledException("The run of handlers has ended."));
        _handlers.Dispose();
        _feed.Dispose();
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
            await _parts.Link.Queue.EndAsync(_over.Token).ConfigureAwait(false);
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

    /// <summary>Does what can be done now; after each message.</summary>
    private void Pump()
    {
        var now = NowMs;
        _feed.DropClosed();
        while (_attempts.TryGiveUpLate(now, out var late, out var error))
            OnEnded(late, error);
        while (!_isStopping)
        {
            while (_scheduler.TryStart(now, out var record))
            {
                record.Run.Running++;
                _attempts.Begin(record, now);
            }
            if (_scheduler.HasReady || !_feed.TryRead())
                break;
        }
        if (_isStopping && _scheduler.Running == 0)
            End(_failure);
        else
            Arm(Math.Min(_isStopping ? long.MaxValue : _scheduler.NextDueMs, _attempts.NextDeadlineMs), now);
    }

    private void Arm(long dueMs, long now)
    {
        if (dueMs >= _armedForMs)
            return;
        _armedForMs = dueMs;
        Timers.StartSingleTimer(SomethingDue.Instance, SomethingDue.Instance, TimeSpan.FromMilliseconds(Math.Max(1, dueMs - now)));
    }

    // ---- The end ----

    private void OnQueueEnded(QueueEnded ended)
    {
        // A consumer that was closed has waited for handlers already.
        if (ended.Error is null)
            End(_failure);
        else
            BeginStop(ended.Error);
    }

    /// <summary>Handlers that run may end, but one that hangs keeps nobody from ending: its token is cancelled, and its record is delivered again.</summary>
    private void BeginStop(Exception? failure)
    {
        _failure ??= failure;
        if (_isStopping)
            return;
        _isStopping = true;
        var drain = Math.Max(1, _parts.Settings.DrainTimeout.TotalMilliseconds);
        Timers.StartSingleTimer(DrainOver.Instance, DrainOver.Instance, TimeSpan.FromMilliseconds(drain));
        _scheduler.Remove(static _ => true, static _ => { });
    }

    private void End(Exception? failure)
    {
        _failure ??= failure;
        _isStopping = true;
        Context.Stop(Self);
    }

    // ---- Records that handlers are through with ----

    private void OnThrough(HandlerAttempt attempt)
    {
        if (_attempts.TryEnd(attempt))
            OnEnded(attempt.Record, attempt.Error);
    }

    private void OnEnded(HandledRecord record, Exception? error)
    {
        if (error is null || record.Run.Delivery.IsClosed)
        {
            Finish(record, isHandled: error is null);
            return;
        }
        // What cannot be read now will not be readable later.
        if (record.Attempts < _parts.Options.Retry.AttemptsMax && error is not RecordDeserializationException)
            Retry(record, error);
        else if (_parts.Options.Retry.DeadLetterTopic is { } topic)
            _deadLetters.WriteAsync(record, topic, error, _over.Token).PipeTo(Self, success: isWritten => new DeadLettered(record, isWritten), failure: cause => new Fault(cause));
        else
            Skip(record, error);
    }

    private void Retry(HandledRecord record, Exception error)
    {
        var delay = _parts.Options.Retry.DelayAfter(record.Attempts);
        record.Run.Running--;
        _scheduler.Retry(record, NowMs + (long)delay.TotalMilliseconds);
        _parts.Link.Raise(new HandlerFailed(record.Run.Delivery.Partition, record.Kept.Offset, record.Attempts, error, delay));
    }

    private void Skip(HandledRecord record, Exception error)
    {
        var partition = record.Run.Delivery.Partition;
        _log.Warning("{0}@{1} is left behind after {2} attempts: {3}", partition, record.Kept.Offset, record.Attempts, error.Message);
        _parts.Link.Raise(new RecordSkipped(partition, record.Kept.Offset, record.Attempts, error));
        Finish(record);
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

    private sealed record DeadLettered(HandledRecord Record, bool IsWritten) : IDeadLetterSuppression;

    /// <summary>Something failed outside the actor that nobody expects to fail; after the end also what the end has cut off.</summary>
    private sealed record Fault(Exception Cause) : IDeadLetterSuppression;

    private sealed record QueueEnded(Exception? Error) : IDeadLetterSuppression;

    private sealed class QueueFilled : IDeadLetterSuppression
    {
        public static readonly QueueFilled Instance = new();
    }

    private sealed class SomethingDue
    {
        public static readonly SomethingDue Instance = new();
    }
}
