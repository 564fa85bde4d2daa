namespace Akka.Broker.Gateway.Sockets;

/// <summary>A connection that holds memory for a frame which has not arrived whole. Read from any thread.</summary>
internal interface IFrameInProgress
{
    /// <summary>Since when its client has sent less than it must to keep the memory, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    long SlowSince { get; }

    /// <summary>Whether it is not the client but the budget that it waits for.</summary>
    bool WaitsForMemory { get; }

    /// <summary>What it has of the budget.</summary>
    int HeldBytes { get; }

    /// <summary>What is still to come of it.</summary>
    int MissingBytes { get; }

    /// <summary>Gives the memory up: the connection is closed.</summary>
    void Evict();
}

/// <summary>
/// The budget for the request frames of all connections. A frame counts from its first reserved byte until it is disposed. When the budget is spent,
/// receivers wait; frames in handlers' hands end by their own deadlines and free theirs. Two things could hold it for ever, so
/// <see cref="EvictStalled"/>, called about once a second, cuts off one frame at a time while others wait:
/// <list type="bullet">
/// <item>a client that only trickles: the one that has been slow for longest. Waiting for memory is not being slow;</item>
/// <item>frames that hold the whole budget between them and all want more: the one that is furthest from being whole.</item>
/// </list>
/// Thread-safe.
/// <para>Invariants: 0 ≤ _used; nobody waits while _used is 0.</para>
/// </summary>
internal sealed class FrameMemory(long bytesMax, TimeProvider time)
{
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly HashSet<IFrameInProgress> _inProgress = [];
    private readonly Queue<TaskCompletionSource> _waiters = new();
    private long _used;
    private int _waiting;

    /// <summary>Bytes reserved now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Reservations that wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Reserves, at once if there is room. A frame larger than the whole budget is let through when nothing else is held.</summary>
    /// <param name="bytes">How much more.</param>
    /// <param name="held">What the frame holds already.</param>
    /// <param name="cancelled">Ends the wait.</param>
    public ValueTask ReserveAsync(int bytes, int held, CancellationToken cancelled) =>
        TryReserve(bytes, held) ? ValueTask.CompletedTask : ReserveSlowlyAsync(bytes, held, cancelled);

    public void Release(int bytes)
    {
        var left = Interlocked.Add(ref _used, -bytes);
        Invariant.Check(left >= 0);
        if (Volatile.Read(ref _waiting) > 0)
            WakeAll();
    }

    public void Started(IFrameInProgress frame)
    {
        lock (_gate)
            _inProgress.Add(frame);
    }

    public void Finished(IFrameInProgress frame)
    {
        lock (_gate)
            _inProgress.Remove(frame);
    }

    /// <summary>If some wait for memory, cuts off one frame in progress that stands in their way, if it has for long enough.</summary>
    public void EvictStalled()
    {
        IFrameInProgress? victim;
        lock (_gate)
        {
            if (_waiters.Count == 0)
                return;
            victim = Slowest() ?? FurthestOfDeadlocked();
        }
        victim?.Evict();
    }

    private IFrameInProgress? Slowest()
    {
        IFrameInProgress? slowest = null;
        foreach (var frame in _inProgress)
        {
            if (!frame.WaitsForMemory && IsStalled(frame) && (slowest is null || frame.SlowSince < slowest.SlowSince))
                slowest = frame;
        }
        return slowest;
    }

    private IFrameInProgress? FurthestOfDeadlocked()
    {
        IFrameInProgress? furthest = null;
        long held = 0;
        foreach (var frame in _inProgress)
        {
            if (!frame.WaitsForMemory || !IsStalled(frame))
                return null;
            held += frame.HeldBytes;
            if (furthest is null || frame.MissingBytes > furthest.MissingBytes)
                furthest = frame;
        }
        // What handlers hold comes back by itself.
        return held == Used ? furthest : null;
    }

    private bool IsStalled(IFrameInProgress frame) => time.GetElapsedTime(frame.SlowSince) >= StalledAfter;

    private bool TryReserve(int bytes, int held)
    {
        // Taken at one stroke: a try that added and took back would make others fail that have room.
        while (true)
        {
            var used = Volatile.Read(ref _used);
            if (used + bytes > bytesMax && used != held)
                return false;
            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used)
                return true;
        }
    }

    private async ValueTask ReserveSlowlyAsync(int bytes, int held, CancellationToken cancelled)
    {
        while (true)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                _waiters.Enqueue(turn);
                Interlocked.Increment(ref _waiting);
            }
            // What was released between the failed try and the queueing woke nobody.
            if (TryReserve(bytes, held))
            {
                WakeAll();
                return;
            }
            await turn.Task.WaitAsync(cancelled).ConfigureAwait(false);
            if (TryReserve(bytes, held))
                return;
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            while (_waiters.TryDequeue(out var waiter))
            {
                Interlocked.Decrement(ref _waiting);
                waiter.TrySetResult();
            }
        }
    }
}
