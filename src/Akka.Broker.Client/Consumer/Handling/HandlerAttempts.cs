using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The attempts that are under way, by rising deadlines, since all have the same time. Handlers with a deadline have a token each, whose source is used again by a later attempt if
/// nobody has cancelled it; without one all share a token, which is cancelled with the run. One thread.
/// <para>Invariants: an attempt is in it from its beginning until it is through or given up; a source is in one attempt's hands at a time.</para>
/// </summary>
/// <param name="runner">Carries them out.</param>
/// <param name="timeout">What each has; null: for ever.</param>
/// <param name="sourcesKept">Sources that wait to be used again, at most.</param>
internal sealed class HandlerAttempts(IAttemptRunner runner, TimeSpan? timeout, int sourcesKept)
{
    private readonly Stack<CancellationTokenSource> _spare = new();
    private readonly CancellationTokenSource _shared = new();
    private HandlerAttempt? _first;
    private HandlerAttempt? _last;

    /// <summary>When the time of the next one is over.</summary>
    public long NextDeadlineMs => _first?.DeadlineMs ?? long.MaxValue;

    /// <summary>Gives the record to a handler, on the thread pool.</summary>
    public void Begin(HandledRecord record, long nowMs)
    {
        var attempt = timeout is { } limit
            ? new HandlerAttempt(record, runner, _spare.TryPop(out var spare) ? spare : new CancellationTokenSource()) { DeadlineMs = nowMs + (long)limit.TotalMilliseconds }
            : new HandlerAttempt(record, runner, _shared);
        Add(attempt);
        ThreadPool.UnsafeQueueUserWorkItem(attempt, preferLocal: false);
    }

    /// <summary>The handler is through. False: that was given up before, and is nobody's business any more.</summary>
    public bool TryEnd(HandlerAttempt attempt)
    {
        if (attempt.IsOver)
            return false;
        Remove(attempt);
        if (timeout is not null && _spare.Count < sourcesKept && attempt.Cancelling.TryReset())
            _spare.Push(attempt.Cancelling);
        return true;
    }

    /// <summary>A handler that is not through in time, and perhaps never will be, is waited for no more: its record is nobody's now.</summary>
    public bool TryGiveUpLate(long nowMs, [NotNullWhen(true)] out HandledRecord? record, [NotNullWhen(true)] out Exception? error)
    {
        (record, error) = (null, null);
        if (_first is not { } late || late.DeadlineMs > nowMs)
            return false;
        record = late.Record;
        GiveUp(late, error = new TimeoutException($"The handler was not through after {timeout}."));
        return true;
    }

    public void GiveUpAll(Exception error)
    {
        while (_first is { } running)
            GiveUp(running, error);
    }

    private void GiveUp(HandlerAttempt attempt, Exception error)
    {
        Remove(attempt);
        attempt.GiveUp(error);
    }

    private void Add(HandlerAttempt attempt)
    {
        attempt.Previous = _last;
        if (_last is null)
            _first = attempt;
        else
            _last.Next = attempt;
        _last = attempt;
    }

    private void Remove(HandlerAttempt attempt)
    {
        if (attempt.Previous is { } previous)
            previous.Next = attempt.Next;
        else
            _first = attempt.Next;
        if (attempt.Next is { } next)
            next.Previous = attempt.Previous;
        else
            _last = attempt.Previous;
        attempt.Previous = attempt.Next = null;
    }
}
