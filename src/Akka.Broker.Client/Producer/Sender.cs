using System.Collections.Concurrent;
using Akka.Broker.Client.Cluster;

namespace Akka.Broker.Client.Producing;

/// <summary>
/// Sends what the accumulator has. A step takes in who flushes and the answers, lets parked records go on, gives up what has become too old, and sends to each broker what is
/// ready for it, as long as it has not max-in-flight requests to answer. Nothing here waits: a step runs when somebody wakes the sender (a full batch, an
/// answer, a new view of the cluster, its own timer), one at a time, on the thread pool.
/// <para>Invariants: at most one step runs; a wake during a step is followed by another; who was in flight is given back exactly once.</para>
/// </summary>
internal sealed class Sender : IThreadPoolWorkItem, IAsyncDisposable
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Again = 2;

    private readonly RecordAccumulator _accumulator;
    private readonly IClusterClient _cluster;
    private readonly ProducerSettings _settings;
    private readonly MonotonicClock _clock;
    private readonly ITimer _timer;
    private readonly ConcurrentQueue<ProduceExchange> _answered = new();
    private readonly ConcurrentQueue<FlushWaiter> _flushes = new();
    private readonly List<PartitionQueue> _active = [];
    private readonly Dictionary<int, BrokerTraffic> _brokers = [];
    private readonly List<ProducerBatch> _expired = [];
    private readonly List<ProducerBatch> _late = [];
    private readonly DeliveryResults _results;
    private readonly ProducerIdentity _identity;
    private ClusterView? _lastView;
    private long _armedForMs = long.MaxValue;
    private int _firstQueue;
    private int _flushing;
    private int _state;
    private int _isDisposed;

    public Sender(
        RecordAccumulator accumulator, IClusterClient cluster, ProducerSettings settings, MonotonicClock clock, DeliveryResults results)
    {
        _accumulator = accumulator;
        _cluster = cluster;
        _settings = settings;
        _clock = clock;
        _results = results;
        _identity = results.Identity;
        _identity.Changed = Wake;
        _timer = clock.Time.CreateTimer(static sender => ((Sender)sender!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        accumulator.Wake = Wake;
        cluster.Changed += OnChanged;
    }

    /// <summary>Something is new. Any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Again) == Idle)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            Volatile.Write(ref _state, Running);
            try
            {
                Step();
            }
            catch (Exception fault)
            {
                // A bug; what it left undone is tried again by the next step.
                _results.OnFault(fault);
            }
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
    }

    /// <summary>Waits until all is reported that is here now; nothing lingers meanwhile. Any thread.</summary>
    public async Task FlushAsync()
    {
        var flush = new FlushWaiter();
        Interlocked.Increment(ref _flushing);
        try
        {
            // Between two steps every record is in a queue or its handler has been told; within one it may be on its way from the one to the other.
            _flushes.Enqueue(flush);
            Wake();
            await flush.Task.ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _flushing);
        }
    }

    /// <summary>Sends nothing any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _cluster.Changed -= OnChanged;
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    private void OnChanged(ClusterView view) => Wake();

    private void OnTimer()
    {
        Volatile.Write(ref _armedForMs, long.MaxValue);
        Wake();
    }

    private void Step()
    {
        var now = _clock.NowMs;
        var next = long.MaxValue;
        if (_cluster.View != _lastView)
            _accumulator.Update(_lastView = _cluster.View);
        while (_flushes.TryDequeue(out var flush))
        {
            _accumulator.AddFlush(flush);
            flush.Done();
        }
        while (_answered.TryDequeue(out var exchange))
        {
            var broker = Broker(exchange.BrokerId, now);
            broker.InFlight--;
            broker.LastProgressMs = now;
            if (exchange.Response is { ThrottleTimeMs: > 0 } response)
                broker.NotBeforeMs = now + response.ThrottleTimeMs;
            _results.Apply(exchange, now);
        }
        _accumulator.Unpark(now, ref next);
        while (_accumulator.TryTakeListed(out var queue))
            _active.Add(queue);
        Expire(now, ref next);
        if (_identity.Fatal is { } error)
            FailAll(error);
        else if (!_settings.Idempotence || _active.Count == 0 || _identity.TryGet(now, ref next))
            Send(now, ref next);
        _active.RemoveAll(static queue => queue.TryUnlist());
        Arm(next);
    }

    private void Expire(long now, ref long next)
    {
        foreach (var queue in _active)
            queue.Expire(now, _expired, _late, ref next);
        foreach (var batch in _expired)
        {
            _results.Report(batch, _results.TimedOut(batch, batch.MayBeStored));
            _accumulator.Release(batch);
        }
        // What is in flight is answered by the broker still, and its memory read by the connection.
        foreach (var batch in _late)
            _results.Report(batch, _results.TimedOut(batch, isOutcomeUnknown: true));
        _expired.Clear();
        _late.Clear();
    }

    private void FailAll(BrokerClientException error)
    {
        _accumulator.FailParked(error);
        foreach (var queue in _active)
            queue.TakeAll(_expired);
        foreach (var batch in _expired)
        {
            _results.Report(batch, error);
            _accumulator.Release(batch);
        }
        _expired.Clear();
    }

    private void Send(long now, ref long next)
    {
        var rules = new ReadyRules(
            (long)_settings.Linger.TotalMilliseconds, Volatile.Read(ref _flushing) > 0 || _accumulator.Memory.IsExhausted, _settings.Idempotence);
        var hasTaken = true;
        while (hasTaken)
        {
            hasTaken = false;
            // Another queue is first each time, lest a full request always leaves the same ones out.
            _firstQueue = _active.Count == 0 ? 0 : (_firstQueue + 1) % _active.Count;
            for (var i = 0; i < _active.Count; i++)
                hasTaken |= TryTake(_active[(_firstQueue + i) % _active.Count], rules, now, ref next);
            foreach (var (id, broker) in _brokers)
            {
                if (broker.Next.Count > 0)
                    Send(id, broker);
            }
        }
        if (_settings.PartitionerAdaptive)
            SpreadLoad(now);
    }

    private bool TryTake(PartitionQueue queue, in ReadyRules rules, long now, ref long next)
    {
        if (!queue.IsReady(now, rules, out var readyAt))
        {
            next = Math.Min(next, readyAt);
            return false;
        }
        var view = _lastView!;
        var leader = view.Partition(queue.Topic, queue.Index)?.LeaderId ?? -1;
        if (leader < 0 || !view.Brokers.ContainsKey(leader))
        {
            // The view is renewed by itself until there is one; its change wakes this sender.
            return false;
        }
        var broker = Broker(leader, now);
        if (broker.InFlight >= _settings.MaxInFlight)
            return false;
        if (broker.NotBeforeMs > now)
        {
            next = Math.Min(next, broker.NotBeforeMs);
            return false;
        }
        if (broker.Next.Count > 0 && broker.NextBytes + queue.FirstBytes > _settings.MaxRequestSize)
            return true;
        var batch = queue.Take(rules, now, _identity.Current, out var wasOpen);
        if (wasOpen)
            queue.Owner.Sticky.Sent(queue.Index);
        broker.Next.Add(batch);
        broker.NextBytes += batch.SizeInBytes;
        return true;
    }

    private void Send(int id, BrokerTraffic broker)
    {
        var exchange = new ProduceExchange(id, broker.Next, broker.LastSent);
        broker.LastSent = exchange.Sent;
        broker.Next = [];
        broker.NextBytes = 0;
        broker.InFlight++;
        var running = exchange.RunAsync(_cluster, _settings, _clock.Time);
        if (running.IsCompleted)
            Answered(exchange);
        else
            _ = AwaitAsync(running, exchange);
    }

    private async Task AwaitAsync(Task running, ProduceExchange exchange)
    {
        await running.ConfigureAwait(false);
        Answered(exchange);
    }

    private void Answered(ProduceExchange exchange)
    {
        _answered.Enqueue(exchange);
        Wake();
    }

    private void SpreadLoad(long now)
    {
        TopicQueue? last = null;
        foreach (var queue in _active)
        {
            if (queue.Owner != last)
                PartitionLoads.Spread(last = queue.Owner, _lastView!, _brokers, (long)_settings.PartitionerAvailabilityTimeout.TotalMilliseconds, now);
        }
    }

    private BrokerTraffic Broker(int id, long now)
    {
        if (!_brokers.TryGetValue(id, out var broker))
            _brokers.Add(id, broker = new BrokerTraffic { LastProgressMs = now });
        return broker;
    }

    private void Arm(long next)
    {
        if (next >= Volatile.Read(ref _armedForMs) || Volatile.Read(ref _isDisposed) != 0)
            return;
        Volatile.Write(ref _armedForMs, next);
        // The step has taken its time.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, next - _clock.NowMs)), Timeout.InfiniteTimeSpan);
    }
}
