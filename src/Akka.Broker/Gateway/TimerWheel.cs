namespace Akka.Broker.Gateway;

/// <summary>Something that waits in a <see cref="TimerWheel"/>; reused once it has fired or was cancelled.</summary>
public abstract class WheelEntry
{
    internal WheelEntry? Next;
    internal WheelEntry? Previous;
    internal long DueTick = -1;

    internal bool IsScheduled => DueTick >= 0;

    /// <summary>The time is over. Called on a timer's thread, outside the wheel's lock: return at once.</summary>
    protected internal abstract void OnExpired();
}

/// <summary>
/// The deadlines of many short waits (long polls, muted connections) on one timer: scheduling and cancelling cost a few pointer writes and allocate
/// nothing. A wait ends up to one tick late, never early. The timer is set to the first deadline, not to each tick: an idle broker whose followers wait is not
/// woken for nothing. A cancelled wait leaves the timer as it is, so that a broker under load, whose waits are short, seldom sets it. Thread-safe.
/// <code>
///  slot = due tick mod slots        each slot: a doubly linked list; an entry whose due tick lies a round or more ahead stays in it
/// </code>
/// <para>Invariants: an entry is in at most one slot's list, and is so exactly while it is scheduled; _count is their number; while _count is not 0 the timer goes
/// off at _armedTick or is going off, and no entry is due before that.</para>
/// </summary>
public sealed class TimerWheel : IDisposable
{
    private const int Slots = 512;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly int _tickMs;
    private readonly long _startedAt;
    private readonly WheelEntry?[] _slots = new WheelEntry?[Slots];
    private long _doneTick;
    private long _armedTick = long.MaxValue;
    private int _count;
    private bool _isDraining;
    private bool _disposed;

    public TimerWheel(TimeProvider time, int tickMs = 10)
    {
        _time = time;
        _tickMs = tickMs;
        _startedAt = time.GetTimestamp();
        _timer = time.CreateTimer(static wheel => ((TimerWheel)wheel!).Advance(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many wait. For each of them the timer is set.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Calls <see cref="WheelEntry.OnExpired"/> in <paramref name="delayMs"/>, unless cancelled before.</summary>
    public void Schedule(WheelEntry entry, long delayMs)
    {
        lock (_gate)
        {
            Invariant.Check(!entry.IsScheduled);
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_isDraining)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static e => e.OnExpired(), entry, preferLocal: false);
                return;
            }
            if (_count == 0)
                _doneTick = (long)ElapsedMs / _tickMs;
            entry.DueTick = DueTickIn(delayMs);
            Enter(entry);
        }
    }

    /// <summary>An entry that waits for longer waits for no more than <paramref name="delayMs"/> from now; one that does not wait is left alone.</summary>
    public void Hasten(WheelEntry entry, long delayMs)
    {
        lock (_gate)
        {
            if (!entry.IsScheduled)
                return;
            var due = DueTickIn(delayMs);
            if (due >= entry.DueTick)
                return;
            Unlink(entry);
            entry.DueTick = due;
            Enter(entry);
        }
    }

    /// <summary>True if the entry waited and will not fire any more; false if it fires, has fired, or was never scheduled.</summary>
    public bool Cancel(WheelEntry entry)
    {
        lock (_gate)
        {
            if (!entry.IsScheduled)
                return false;
            Unlink(entry);
            return true;
        }
    }

    /// <summary>From now on nothing waits: what waits fires now, and what is scheduled later fires at once, on another thread.</summary>
    public void Drain()
    {
        lock (_gate)
            _isDraining = true;
        Fire(TakeDue(everything: true));
    }

    public void Dispose()
    {
        lock (_gate)
            _disposed = true;
        _timer.Dispose();
    }

    private double ElapsedMs => _time.GetElapsedTime(_startedAt).TotalMilliseconds;

    private long DueTickIn(long delayMs) => Math.Max(_doneTick + 1, (long)Math.Ceiling((ElapsedMs + Math.Max(0, delayMs)) / _tickMs));

    private void Enter(WheelEntry entry)
    {
        Link(entry);
        _count++;
        if (entry.DueTick < _armedTick)
            Arm(entry.DueTick);
    }

    private void Arm(long tick)
    {
        _armedTick = tick;
        // Whole milliseconds, rounded up: that is what timers count in.
        var delay = Math.Ceiling((tick * _tickMs) - ElapsedMs);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, delay)), Timeout.InfiniteTimeSpan);
    }

    private void Advance()
    {
        Fire(TakeDue(everything: false));
        lock (_gate)
        {
            if (_count > 0 && !_disposed)
                Arm(FirstDue());
            else
                _armedTick = long.MaxValue;
        }
    }

    /// <summary>The tick of the first deadline, or the end of this round if all lie behind it.</summary>
    private long FirstDue()
    {
        var end = _doneTick + Slots;
        for (var tick = _doneTick + 1; tick < end; tick++)
        {
            for (var entry = _slots[tick % Slots]; entry is not null; entry = entry.Next)
            {
                if (entry.DueTick == tick)
                    return tick;
            }
        }
        return end;
    }

    private static void Fire(WheelEntry? due)
    {
        while (due is not null)
        {
            var next = due.Next;
            due.Next = null;
            due.OnExpired();
            due = next;
        }
    }

    /// <summary>Unlinks what is due and returns it as a list by <see cref="WheelEntry.Next"/>.</summary>
    private WheelEntry? TakeDue(bool everything)
    {
        lock (_gate)
        {
            WheelEntry? due = null;
            var now = (long)ElapsedMs / _tickMs;
            var first = everything ? 0 : _doneTick + 1;
            var last = everything ? Slots - 1 : Math.Min(now, _doneTick + Slots);
            for (var tick = first; tick <= last; tick++)
            {
                for (var entry = _slots[tick % Slots]; entry is not null;)
                {
                    var next = entry.Next;
                    if (everything || entry.DueTick <= now)
                    {
                        Unlink(entry);
                        entry.Next = due;
                        due = entry;
                    }
                    entry = next;
                }
            }
            _doneTick = now;
            return due;
        }
    }

    private void Link(WheelEntry entry)
    {
        ref var head = ref _slots[entry.DueTick % Slots];
        entry.Previous = null;
        entry.Next = head;
        if (head is not null)
            head.Previous = entry;
        head = entry;
    }

    private void Unlink(WheelEntry entry)
    {
        if (entry.Previous is null)
            _slots[entry.DueTick % Slots] = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is not null)
            entry.Next.Previous = entry.Previous;
        entry.Next = entry.Previous = null;
        entry.DueTick = -1;
        _count--;
        Invariant.Check(_count >= 0);
    }
}
