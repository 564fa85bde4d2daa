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
/// <param name="record">What is handled.</param>
/// <param name="runner">By whom.</param>
/// <param name="cancelling">The handler's token; its own, if it has a deadline.</param>
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

    public CancellationTokenSource Cancelling => cancelling;

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
