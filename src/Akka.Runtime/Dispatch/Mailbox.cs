using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// The queues of one actor and its turns on a dispatcher: a work item of the thread pool that runs at most once at a time.
/// <code>
///   Open ──TrySchedule──▶ Open|Scheduled ──a dispatcher thread──▶ Execute: system messages, then up to Throughput user messages
///     ▲                                                              │
///     └───────────────────────── idle again ◀────────────────────────┘    Close ──▶ Closed: what is left or comes goes to dead letters
/// </code>
/// The upper bits of the status count suspensions; a suspended mailbox handles system messages only.
/// So a message that was enqueued is handled or becomes a dead letter, unless the mailbox stays suspended; turns never overlap; and the
/// messages of one sender keep their order.
/// </summary>
internal sealed class Mailbox(ActorCell cell) : IRunnable
{
    private const int Scheduled = 1;
    private const int Closed = 2;
    private const int Suspension = 4;

    private static readonly SystemMessage ClosedMark = new Terminate();

    private readonly MessageQueue _messages = new();
    private SystemMessage? _systemHead = new Create();
    private int _status;

    public bool IsClosed => (Volatile.Read(ref _status) & Closed) != 0;

    public bool IsSuspended => Volatile.Read(ref _status) >= Suspension;

    public int SuspendCount => Volatile.Read(ref _status) / Suspension;

    public bool HasMessages => _messages.HasMessages;

    public int Count => _messages.Count;

    public bool HasSystemMessages => Volatile.Read(ref _systemHead) is { } head && !ReferenceEquals(head, ClosedMark);

    public void Post(in Envelope envelope)
    {
        _messages.Enqueue(envelope);
        // The queue's interlocked claim of a slot comes before this read, and the end of a turn clears Scheduled with a fence before
        // it looks at the queue: either this thread sees the turn ended or the turn sees the message.
        var status = Volatile.Read(ref _status);
        if ((status & Closed) != 0)
            DrainToDeadLetters();
        else if (status == 0)
            TrySchedule(systemOnly: false);
    }

    public void PostSystem(SystemMessage message)
    {
        while (true)
        {
            var head = Volatile.Read(ref _systemHead);
            if (ReferenceEquals(head, ClosedMark))
            {
                cell.SystemImpl.Provider.DeadLetters.Tell(message, cell.Self);
                return;
            }
            message.Next = head;
            if (Interlocked.CompareExchange(ref _systemHead, message, head) == head)
                break;
        }
        TrySchedule(systemOnly: true);
    }

    /// <summary>Puts a message before all others. Only in the actor's turn.</summary>
    public void Prepend(in Envelope envelope) => _messages.EnqueueFirst(envelope);

    /// <summary>Holds user messages back until as many resumes come. Only in the actor's turn.</summary>
    public void Suspend() => Interlocked.Add(ref _status, Suspension);

    /// <summary>Takes one suspension back. Only in the actor's turn.</summary>
    public void Resume()
    {
        if (IsSuspended)
            Interlocked.Add(ref _status, -Suspension);
    }

    /// <summary>The first scheduling, once the cell is complete. The first message, Create, is in the queue from the beginning.</summary>
    public void Open() => TrySchedule(systemOnly: true);

    /// <summary>Ends the mailbox. Only in the actor's last turn.</summary>
    public void Close()
    {
        Interlocked.Or(ref _status, Closed);
        var rest = Interlocked.Exchange(ref _systemHead, ClosedMark);
        for (var message = Reverse(rest); message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            cell.SystemImpl.Provider.DeadLetters.Tell(message, cell.Self);
            message = next;
        }
        DrainToDeadLetters();
    }

    public void Run() => Execute();

    public void Execute()
    {
        var previous = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = cell;
        try
        {
            if (!IsClosed)
            {
                HandleSystemMessages();
                HandleMessages();
            }
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previous;
            Interlocked.And(ref _status, ~Scheduled);
            if (HasSystemMessages)
                TrySchedule(systemOnly: true);
            else if (_messages.HasMessages)
                TrySchedule(systemOnly: false);
        }
    }

    private void HandleMessages()
    {
        var dispatcher = cell.Dispatcher;
        var left = dispatcher.Throughput;
        var deadline = dispatcher.DeadlineTimestampTicks is var ticks and > 0 ? Stopwatch.GetTimestamp() + ticks : long.MaxValue;
        while (Volatile.Read(ref _status) == Scheduled && _messages.TryDequeue(out var envelope))
        {
            cell.Invoke(envelope);
            if (Volatile.Read(ref _systemHead) is not null)
                HandleSystemMessages();
            if (--left <= 0 || (deadline != long.MaxValue && Stopwatch.GetTimestamp() >= deadline))
                return;
        }
    }

    private void HandleSystemMessages()
    {
        while (HasSystemMessages)
        {
            var message = Reverse(Interlocked.Exchange(ref _systemHead, null));
            while (message is not null)
            {
                var next = message.Next;
                message.Next = null;
                if (IsClosed)
                    cell.SystemImpl.Provider.DeadLetters.Tell(message, cell.Self);
                else
                    cell.InvokeSystem(message);
                message = next;
            }
        }
    }

    private void TrySchedule(bool systemOnly)
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if ((status & (Scheduled | Closed)) != 0 || (!systemOnly && status != 0))
                return;
            if (Interlocked.CompareExchange(ref _status, status | Scheduled, status) == status)
                break;
        }
        cell.Dispatcher.Execute(this);
    }

    private void DrainToDeadLetters()
    {
        lock (_messages)
        {
            while (_messages.TryDequeue(out var envelope))
            {
                // A dead letter to a dead listener of dead letters ends here, or it would never end.
                if (envelope.Message is not Event.AllDeadLetters)
                    cell.SystemImpl.DeadLetters.Tell(new Event.DeadLetter(envelope.Message, envelope.Sender, cell.Self), envelope.Sender);
            }
        }
    }

    private static SystemMessage? Reverse(SystemMessage? newest)
    {
        SystemMessage? oldest = null;
        while (newest is not null)
            (newest.Next, newest, oldest) = (oldest, newest.Next, newest);
        return oldest;
    }
}
