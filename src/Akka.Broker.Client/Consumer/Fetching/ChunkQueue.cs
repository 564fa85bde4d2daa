using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Fetched chunks between the consumer's actor, which fills it, and the one reader that delivers records. First come, first served, so no partition starves another.
/// Thread-safe; one reader waits at a time.
/// </summary>
/// <param name="released">Told of each chunk that is done with, or dropped; any thread.</param>
internal sealed class ChunkQueue(Action<FetchedChunk> released)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<FetchedChunk> _chunks = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;
    private bool _isCompleted;

    /// <summary>Called outside any lock when there is something to take, or the end is reached: for a reader that does not wait.</summary>
    public Action? Filled { get; set; }

    public void Enqueue(FetchedChunk chunk)
    {
        bool isLate;
        lock (_gate)
        {
            isLate = _isCompleted;
            if (!isLate)
            {
                _chunks.AddLast(chunk);
                Signal();
            }
        }
        if (isLate)
            Done(chunk);
        else
            Filled?.Invoke();
    }

    /// <summary>The first chunk whose delivery is open, not paused, and wanted; closed ones before it are dropped.</summary>
    public bool TryTake([NotNullWhen(true)] out FetchedChunk? chunk, Predicate<PartitionDelivery>? wanted = null)
    {
        chunk = null;
        List<FetchedChunk>? dropped = null;
        lock (_gate)
        {
            for (var node = _chunks.First; node is not null && chunk is null;)
            {
                var next = node.Next;
                if (node.Value.Delivery.IsClosed)
                {
                    (dropped ??= []).Add(node.Value);
                    _chunks.Remove(node);
                }
                else if (!node.Value.Delivery.IsPaused && (wanted is null || wanted(node.Value.Delivery)))
                {
                    chunk = node.Value;
                    _chunks.Remove(node);
                }
                node = next;
            }
        }
        dropped?.ForEach(Done);
        return chunk is not null;
    }

    /// <summary>Completes when there is something to take that is not paused. False: the end.</summary>
    /// <exception cref="Exception">What ended it, as given to <see cref="Complete"/>.</exception>
    public async ValueTask<bool> WaitAsync(CancellationToken cancelled)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_chunks.Any(c => !c.Delivery.IsPaused))
                    return true;
                if (_isCompleted)
                    return _failure is null ? false : throw _failure;
                if (_changed.Task.IsCompleted)
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancelled).ConfigureAwait(false);
        }
    }

    /// <summary>Completes, or fails, with the queue.</summary>
    public Task EndAsync(CancellationToken cancelled) => _ended.Task.WaitAsync(cancelled);

    /// <summary>A chunk that was taken but is not read to its end goes back to the front; whoever takes it again goes on at its delivery's position.</summary>
    public void PutBack(FetchedChunk chunk)
    {
        lock (_gate)
        {
            if (!_isCompleted)
            {
                _chunks.AddFirst(chunk);
                return;
            }
        }
        Done(chunk);
    }

    /// <summary>A delivery was resumed: who waits looks again.</summary>
    public void Nudge()
    {
        lock (_gate)
            Signal();
        Filled?.Invoke();
    }

    /// <summary>The reader is through with a chunk that it took.</summary>
    public void Done(FetchedChunk chunk)
    {
        if (chunk.Release())
            released(chunk);
    }

    /// <summary>Drops what belongs to closed deliveries.</summary>
    public void DropClosed() => Drop(static d => d.IsClosed);

    public void Drop(PartitionDelivery delivery) => Drop(d => ReferenceEquals(d, delivery));

    private void Drop(Predicate<PartitionDelivery> isGone)
    {
        List<FetchedChunk> dropped;
        lock (_gate)
        {
            dropped = [.. _chunks.Where(c => isGone(c.Delivery))];
            foreach (var chunk in dropped)
                _chunks.Remove(chunk);
        }
        dropped.ForEach(Done);
    }

    /// <summary>Nothing more comes; what is in is dropped.</summary>
    public void Complete(Exception? failure = null)
    {
        List<FetchedChunk> dropped;
        lock (_gate)
        {
            if (_isCompleted)
                return;
            _isCompleted = true;
            _failure = failure;
            dropped = [.. _chunks];
            _chunks.Clear();
            Signal();
        }
        dropped.ForEach(Done);
        if (failure is null)
            _ended.TrySetResult();
        else
            _ended.TrySetException(failure);
        Filled?.Invoke();
    }

    private void Signal() => _changed.TrySetResult();
}
