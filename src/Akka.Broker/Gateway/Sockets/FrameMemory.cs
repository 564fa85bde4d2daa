namespace Akka.Broker.Gateway.Sockets;

/// <summary>A connection that holds memory for a frame which has not arrived whole.</summary>
internal interface IFrameInProgress
{
    /// <summary>When its last bytes arrived, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    long LastProgress { get; }

    /// <summary>Gives the memory up: the connection is closed.</summary>
    void Evict();
}

/// <summary>
/// The budget for the request frames of all connections. A frame counts from its first reserved byte until it is disposed. When the budget is spent,
/// receivers wait; frames in handlers' hands end by their own deadlines and free theirs. Frames that only trickle in could hold it for ever,
/// so <see cref="EvictStalled"/>, called about once a second, cuts off the one that has made no progress for longest while others wait. Thread-safe.
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

    /// <summary>If some wait for memory, cuts off the frame in progress that has stalled for longest, if it has for long enough.</summary>
    public void EvictStalled()
    {
        IFrameInProgress? victim = null;
        lock (_gate)
        {
            if (_waiters.Count == 0)
                return;
            foreach (var frame in _inProgress)
            {
                if (time.GetElapsedTime(frame.LastProgress) >= StalledAfter && (victim is null || frame.LastProgress < victim.LastProgress))
                    victim = frame;
            }
        }
        victim?.Evict();
    }

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
