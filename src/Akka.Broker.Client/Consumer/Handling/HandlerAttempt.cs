using Akka.Broker.Client.Diagnostics;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>Carries an attempt out; on a thread of the pool.</summary>
internal interface IAttemptRunner
{
    void Run(HandlerAttempt attempt);
}

/// <summary>
/// A record in a handler's hands, for one time: the pool's work item, and the message to the actor that the handler is through. The actor owns it, but for what the handler's thread
/// writes before it sends it back. An attempt whose time is over is another's business no more: its record may be in the hands of the next one already.
/// </summary>
internal sealed class HandlerAttempt(HandledRecord record, IAttemptRunner runner, CancellationTokenSource cancelling) : IThreadPoolWorkItem, IDeadLetterSuppression
{
    private Processing _processing;
    private int _isProcessed;
    private int _isOver;

    public HandledRecord Record { get; } = record;

    /// <summary>By the actor's clock; then the handler has failed.</summary>
    public long DeadlineMs { get; set; } = long.MaxValue;

    /// <summary>Null: the record is handled.</summary>
    public Exception? Error { get; set; }

    public HandlerAttempt? Previous { get; set; }

    public HandlerAttempt? Next { get; set; }

    public CancellationToken Cancelled { get; } = cancelling.Token;

    /// <summary>The actor has given it up.</summary>
    public bool IsOver => Volatile.Read(ref _isOver) != 0;

    void IThreadPoolWorkItem.Execute() => runner.Run(this);

    /// <summary>The handler is told, wherever it is, and nobody waits for it any more.</summary>
    public void GiveUp(Exception error)
    {
        Volatile.Write(ref _isOver, 1);
        Processed(error);
        _ = cancelling.CancelAsync();
    }

    /// <summary>Before the handler is called.</summary>
    public void Watch(Processing processing) => _processing = processing;

    /// <summary>Ends what watches the handler, once.</summary>
    public void Processed(Exception? error)
    {
        if (Interlocked.Exchange(ref _isProcessed, 1) == 0)
            _processing.End(error);
    }
}

/// <summary>
/// The attempts that are under way, by rising deadlines, since all have the same time. One thread.
/// <para>Invariant: an attempt is in it from its start until it is through or given up.</para>
/// </summary>
internal sealed class HandlerAttempts
{
    private HandlerAttempt? _last;

    /// <summary>Whose time is over first; null: none is under way.</summary>
    public HandlerAttempt? First { get; private set; }

    public void Add(HandlerAttempt attempt)
    {
        attempt.Previous = _last;
        if (_last is null)
            First = attempt;
        else
            _last.Next = attempt;
        _last = attempt;
    }

    public void Remove(HandlerAttempt attempt)
    {
        if (attempt.Previous is { } previous)
            previous.Next = attempt.Next;
        else
            First = attempt.Next;
        if (attempt.Next is { } next)
            next.Previous = attempt.Previous;
        else
            _last = attempt.Previous;
        attempt.Previous = attempt.Next = null;
    }
}
