using System.Diagnostics;

namespace Akka.Actor;

/// <summary>
/// A hashed timer wheel: a ring of slots, each the list of what is due at its tick or whole turns later. Adding and cancelling are O(1)
/// under the slot's lock, and a cancelled entry is gone at once. One background thread turns it; it sleeps until the first entry is due, so
/// that an idle system is not woken by each tick. Nothing fires early: an entry is due at the first tick that begins at or after its time.
/// <para>Going to sleep: the thread says that any entry is to wake it, looks for the first one, and then says from which tick on none needs
/// to. Whoever adds one adds first and then reads what the thread has said: either the thread finds the entry, or it is woken.</para>
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    private readonly WheelTimer?[] _slots;
    private readonly object[] _locks;
    private readonly long _startTimestamp = Stopwatch.GetTimestamp();
    private readonly long _tickDuration;
    private readonly AutoResetEvent _wake = new(false);
    private readonly string _name;
    private Thread? _thread;
    private long _nextTick;
    private long _count;
    // An entry of an earlier tick wakes the thread; 0 while it is awake.
    private long _sleepsUntil;
    private volatile bool _stopped;

    /// <param name="tick">How long a tick is.</param>
    /// <param name="ticksPerWheel">How many slots there are; a power of two.</param>
    /// <param name="name">The thread's name.</param>
    public TimerWheel(TimeSpan tick, int ticksPerWheel, string name)
    {
        _tickDuration = Math.Max(1, (long)(tick.TotalSeconds * Stopwatch.Frequency));
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, ticksPerWheel));
        _slots = new WheelTimer?[size];
        _locks = new object[Math.Min(size, 64)];
        for (var i = 0; i < _locks.Length; i++)
            _locks[i] = new object();
        _name = name;
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startTimestamp);

    public WheelTimer Add(TimeSpan delay, ITimeout work)
    {
        if (_stopped)
            throw new SchedulerException("the scheduler is shut down and takes no more work");
        var due = Stopwatch.GetTimestamp() - _startTimestamp + (long)(Math.Max(0, delay.TotalSeconds) * Stopwatch.Frequency);
        var timer = new WheelTimer(this, work);
        Insert(timer, (due + _tickDuration - 1) / _tickDuration);
        if (_thread is null)
            StartThread();
        return timer;
    }

    public void Remove(WheelTimer timer)
    {
        lock (LockOf(timer.Tick))
            Unlink(timer);
    }

    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
    }

    private object LockOf(long tick) => _locks[tick & (_locks.Length - 1)];

    private void Insert(WheelTimer timer, long tick)
    {
        while (true)
        {
            // The thread announces a tick before it takes the tick's lock: an entry that is let in below is never behind it.
            tick = Math.Max(tick, Volatile.Read(ref _nextTick));
            lock (LockOf(tick))
            {
                if (tick < Volatile.Read(ref _nextTick))
                    continue;
                timer.Tick = tick;
                timer.Slot = (int)(tick & (_slots.Length - 1));
                timer.Next = _slots[timer.Slot];
                if (timer.Next is not null)
                    timer.Next.Previous = timer;
                _slots[timer.Slot] = timer;
            }
            Interlocked.Increment(ref _count);
            if (tick < Volatile.Read(ref _sleepsUntil))
                _wake.Set();
            return;
        }
    }

    private void Unlink(WheelTimer timer)
    {
        if (timer.Slot < 0)
            return;
        if (timer.Previous is null)
            _slots[timer.Slot] = timer.Next;
        else
            timer.Previous.Next = timer.Next;
        if (timer.Next is not null)
            timer.Next.Previous = timer.Previous;
        timer.Slot = -1;
        timer.Previous = timer.Next = null;
        Interlocked.Decrement(ref _count);
    }

    private void StartThread()
    {
        var thread = new Thread(Turn) { IsBackground = true, Name = _name };
        if (Interlocked.CompareExchange(ref _thread, thread, null) is null)
            thread.Start();
    }

    private void Turn()
    {
        while (!_stopped)
        {
            var now = CurrentTick();
            // After a pause longer than a turn, one pass over all slots finds everything that is due.
            for (var tick = Math.Max(_nextTick, now - _slots.Length + 1); tick <= now && !_stopped; tick++)
            {
                Volatile.Write(ref _nextTick, tick + 1);
                Fire(tick);
            }
            Sleep();
            Volatile.Write(ref _sleepsUntil, 0);
        }
    }

    private void Sleep()
    {
        Interlocked.Exchange(ref _sleepsUntil, long.MaxValue);
        var first = FirstDue();
        Volatile.Write(ref _sleepsUntil, first);
        if (_stopped)
            return;
        if (first == long.MaxValue)
        {
            _wake.WaitOne();
            return;
        }
        var wait = _startTimestamp + (first * _tickDuration) - Stopwatch.GetTimestamp();
        if (wait > 0)
            _wake.WaitOne((int)Math.Ceiling(wait * 1000d / Stopwatch.Frequency));
    }

    /// <summary>The tick of the first entry; the end of this turn if all are due later; never, if there is none.</summary>
    private long FirstDue()
    {
        if (Interlocked.Read(ref _count) == 0)
            return long.MaxValue;
        var end = _nextTick + _slots.Length;
        for (var tick = _nextTick; tick < end; tick++)
        {
            if (Volatile.Read(ref _slots[tick & (_slots.Length - 1)]) is not null && IsDue(tick))
                return tick;
        }
        return end;
    }

    private bool IsDue(long tick)
    {
        lock (LockOf(tick))
        {
            for (var timer = _slots[tick & (_slots.Length - 1)]; timer is not null; timer = timer.Next)
            {
                if (timer.Tick <= tick)
                    return true;
            }
            return false;
        }
    }

    private long CurrentTick() => (Stopwatch.GetTimestamp() - _startTimestamp) / _tickDuration;

    private void Fire(long tick)
    {
        WheelTimer? due = null;
        lock (LockOf(tick))
        {
            for (var timer = _slots[tick & (_slots.Length - 1)]; timer is not null;)
            {
                var next = timer.Next;
                if (timer.Tick <= tick)
                {
                    Unlink(timer);
                    timer.Next = due;
                    due = timer;
                }
                timer = next;
            }
        }
        // The slot's list is newest first, and so the chain of what is due is oldest first.
        while (due is not null)
        {
            var next = due.Next;
            due.Next = null;
            due.Work.OnTimeout();
            due = next;
        }
    }
}
