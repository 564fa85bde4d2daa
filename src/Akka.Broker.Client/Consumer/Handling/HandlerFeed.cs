namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Reads records for handlers: from the queue's chunks into a <see cref="KeyOrderedScheduler{T}"/>, of each partition as far ahead as is allowed. The actor's that dispatches them.
/// <para>Invariants: a run is known as long as its delivery is open, or a handler has a record of it; each run has at most one chunk out of the queue.</para>
/// </summary>
internal sealed class HandlerFeed : IDisposable
{
    private readonly ConsumerLink _link;
    private readonly ConsumerSettings _settings;
    private readonly HandlerOptions _options;
    private readonly KeyOrderedScheduler<HandledRecord> _scheduler;
    private readonly Dictionary<PartitionDelivery, PartitionRun> _runs = [];
    private readonly Predicate<PartitionDelivery> _hasNoChunk;

    public HandlerFeed(ConsumerLink link, ConsumerSettings settings, HandlerOptions options, KeyOrderedScheduler<HandledRecord> scheduler)
    {
        _link = link;
        _settings = settings;
        _options = options;
        _scheduler = scheduler;
        _hasNoChunk = delivery => !_runs.TryGetValue(delivery, out var run) || run.Reader.Chunk is null;
    }

    /// <summary>Reads some records that may be begun. False: there is nothing, or no room.</summary>
    public bool TryRead()
    {
        foreach (var run in _runs.Values)
        {
            if (run.Reader.Chunk is not null && TryRead(run))
                return true;
        }
        while (_link.Queue.TryTake(out var chunk, _hasNoChunk))
        {
            if (!_runs.TryGetValue(chunk.Delivery, out var run))
                _runs[chunk.Delivery] = run = new PartitionRun(chunk.Delivery, new ChunkReader(_settings.CheckCrcs, _settings.DecompressedMaxBytes));
            run.Reader.Open(chunk);
            if (TryRead(run))
                return true;
        }
        return false;
    }

    /// <summary>Takes out what waits of partitions that are gone; what handlers have of them stays until they are through.</summary>
    public void DropClosed()
    {
        List<PartitionRun>? closed = null;
        foreach (var run in _runs.Values)
        {
            if (run.Delivery.IsClosed && (!run.IsEnded || run.Running == 0))
                (closed ??= []).Add(run);
        }
        if (closed is null)
            return;
        _scheduler.Remove(static r => r.Run.Delivery.IsClosed, static _ => { });
        foreach (var run in closed)
        {
            run.IsEnded = true;
            Close(run);
            run.Publish();
            if (run.Running == 0)
                _runs.Remove(run.Delivery);
        }
    }

    /// <summary>The run of handlers is over: what was begun of partitions that are still here is delivered again, to whoever reads next.</summary>
    public void Dispose()
    {
        foreach (var run in _runs.Values)
        {
            Close(run);
            if (run.Tracker.Ahead > 0 && !run.Delivery.IsClosed)
                _link.Abandon(run.Delivery);
            // Whoever takes the partition away waits for nobody any more.
            if (run.Delivery.IsHeld)
                run.Delivery.Unhold();
        }
        _runs.Clear();
    }

    /// <summary>False if not one record was read.</summary>
    private bool TryRead(PartitionRun run)
    {
        var delivery = run.Delivery;
        var count = 0;
        try
        {
            while (count < _options.Parallelism)
            {
                if (delivery.IsPaused)
                {
                    _link.Queue.PutBack(run.Reader.Chunk!);
                    run.Reader.Close();
                    break;
                }
                if (run.Tracker.Ahead >= _options.AheadMax)
                    break;
                if (!run.Reader.MoveNext())
                {
                    EndChunk(run);
                    break;
                }
                if (run.Tracker.Ahead == 0 && !delivery.TryHold())
                    break;
                Add(run);
                count++;
            }
        }
        catch (CorruptBatchException e)
        {
            _link.Queue.Done(run.Reader.Chunk!);
            run.Reader.Close();
            _link.ReadFailed(delivery, e);
        }
        return count > 0;
    }

    private void Add(PartitionRun run)
    {
        var kept = new KeptRecord(run.Reader);
        run.Begin(kept.Offset, kept.Epoch);
        run.Delivery.MoveTo(kept.Offset + 1, kept.TimestampMs);
        _scheduler.Add(new HandledRecord(RecordLane.Of(run.Delivery.Partition, kept, _options.Order), run, kept));
    }

    private void EndChunk(PartitionRun run)
    {
        var chunk = run.Reader.Chunk!;
        run.Delivery.MoveTo(chunk.NextOffset);
        run.Tracker.PassTo(chunk.NextOffset);
        run.Publish();
        run.Reader.Close();
        _link.Queue.Done(chunk);
    }

    private void Close(PartitionRun run)
    {
        if (run.Reader.Chunk is { } chunk)
        {
            run.Reader.Close();
            if (run.Delivery.IsClosed)
                _link.Queue.Done(chunk);
            else
                _link.Queue.PutBack(chunk);
        }
        run.Reader.Dispose();
    }
}
