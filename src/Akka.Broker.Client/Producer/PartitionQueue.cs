using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Producing;

/// <summary>
/// One partition's batches, from the first record that waits to the last that is answered.
/// <code>
///  append ─▶ [ open batch ] ─ full, lingered, flushed ─▶ taken ─▶ [ in flight ] ─ stored ─▶ reported
///                                  ▲                                   ├─ may succeed later ─▶ back, in its order
///                                  └───────────────────────────────────┘  else ─▶ reported as failed
/// </code>
/// With idempotence the broker takes a producer's batches only in the order of their sequence numbers and knows one that it has. So a batch keeps its number when
/// it is sent again, and while one is, nothing new is sent behind it; nor behind the first one of all, since a broker that knows nothing of a producer takes any
/// number for the first. Where numbers have become useless, everything in flight is awaited and what is left is
/// numbered anew: from the last stored on, if nothing that was given up can be stored late; else, or where the broker has lost what it knew, under the next epoch.
/// A batch that is too large for its topic is cut in two, in its place and within its numbers, and what is appended afterwards is put into smaller ones.
/// <para>Appending: any thread. All else: the sender. One lock for both, held for no I/O.</para>
/// <para>Invariants: _waiting and _inFlight rise by order; only the last of _waiting is open; a batch is in one of them until it is reported or forgotten.</para>
/// </summary>
internal sealed class PartitionQueue(TopicQueue topic, int index)
{
    /// <summary>Memory is reserved in steps of this, so that most appends reserve nothing.</summary>
    private const int ReservationStep = 16 * 1024;

    /// <summary>A broker knows so many of a producer's last batches again. An answer may be overtaken where the leader has changed.</summary>
    private const int RememberedByBrokers = 5;

    private readonly Lock _gate = new();
    private readonly LinkedList<ProducerBatch> _waiting = new();
    private readonly LinkedList<ProducerBatch> _inFlight = new();
    private readonly BatchSizeLimit _sizeLimit = new();
    private long _lastOrder;
    private ProducerIdAndEpoch _producer = ProducerIdAndEpoch.None;
    private int _nextSequence;
    private int _expectedSequence;
    private bool _mayStoreLate;
    private bool _isEstablished;
    private Renumbering _renumbering;
    private long _notBeforeMs;
    private bool _isListed;

    private enum Renumbering
    {
        No,
        SameEpoch,
        NextEpoch,
    }

    public string Topic => topic.Name;

    public int Index => index;

    public TopicQueue Owner => topic;

    /// <summary>Batches that wait to be sent; a hint, read without the lock.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>When the first that waits has become the first, by the monotonic clock.</summary>
    public long WaitingSinceMs { get; private set; }

    /// <summary>Puts the record into the open batch, or a new one. False: there is no memory for it.</summary>
    /// <param name="record">What to append.</param>
    /// <param name="accumulator">Whose memory and batches are used.</param>
    /// <param name="hasWaited">It has waited for memory already.</param>
    /// <param name="flushes">Who waits for it to be reported.</param>
    /// <param name="wakesSender">There is something new for the sender: a first batch, or a full one.</param>
    public bool TryAppend(in OutgoingRecord record, RecordAccumulator accumulator, bool hasWaited, List<FlushWaiter>? flushes, out bool wakesSender)
    {
        wakesSender = false;
        lock (_gate)
        {
            var batch = _waiting.Last?.Value;
            if (batch is { IsClosed: false } && batch.SizeInBytes + record.SizeMax > Math.Min(accumulator.BatchSize, _sizeLimit.Max))
            {
                batch.Close();
                wakesSender = true;
            }
            if (batch is null or { IsClosed: true })
            {
                var bytes = Math.Max(Protocol.Records.RecordBatch.HeaderSize + record.SizeMax, Math.Min(ReservationStep, accumulator.BatchSize));
                if (!accumulator.Memory.TryReserve(bytes, hasWaited))
                    return false;
                batch = accumulator.OpenBatch(this, ++_lastOrder);
                batch.ReservedBytes = bytes;
                if (_waiting.Count == 0)
                    WaitingSinceMs = batch.CreatedMs;
                _waiting.AddLast(batch);
                wakesSender = true;
            }
            else if (batch.SizeInBytes + record.SizeMax > batch.ReservedBytes)
            {
                var bytes = Math.Max(ReservationStep, batch.SizeInBytes + record.SizeMax - batch.ReservedBytes);
                if (!accumulator.Memory.TryReserve(bytes, hasWaited))
                    return false;
                batch.ReservedBytes += bytes;
            }
            batch.Append(record);
            flushes?.ForEach(batch.AddFlush);
            if (!_isListed)
            {
                _isListed = true;
                accumulator.List(this);
            }
            return true;
        }
    }

    /// <summary>Of the first batch, before compression. The sender's.</summary>
    public int FirstBytes
    {
        get
        {
            lock (_gate)
                return _waiting.First?.Value.SizeInBytes ?? 0;
        }
    }

    /// <summary>Whether the first batch may be sent, and if not, from when on by the clock alone.</summary>
    public bool IsReady(long nowMs, in ReadyRules rules, out long readyAtMs)
    {
        lock (_gate)
        {
            readyAtMs = long.MaxValue;
            if (_waiting.First?.Value is not { } batch || !MaySend(batch, rules))
                return false;
            readyAtMs = _notBeforeMs;
            if (!batch.IsClosed && !rules.SendsAll)
                readyAtMs = Math.Max(readyAtMs, batch.CreatedMs + rules.LingerMs);
            return readyAtMs <= nowMs;
        }
    }

    /// <summary>Takes the first batch, which is ready, for sending.</summary>
    /// <param name="rules">As it was found ready by.</param>
    /// <param name="nowMs">The monotonic clock.</param>
    /// <param name="producer">The producer's identity, if it is idempotent.</param>
    /// <param name="wasOpen">It was sent before it was full.</param>
    public ProducerBatch Take(in ReadyRules rules, long nowMs, ProducerIdAndEpoch producer, out bool wasOpen)
    {
        lock (_gate)
        {
            var node = _waiting.First!;
            var batch = node.Value;
            wasOpen = !batch.IsClosed;
            batch.Close();
            if (rules.IsIdempotent)
                ApplyRenumbering();
            if (rules.IsIdempotent && batch.BaseSequence < 0)
            {
                if (!_producer.IsPresent || (_producer.ProducerId != producer.ProducerId && _inFlight.Count == 0))
                    StartAs(producer);
                batch.AssignSequence(_producer, _nextSequence);
                _nextSequence = Sequences.Add(_nextSequence, batch.RecordCount);
            }
            _waiting.RemoveFirst();
            InOrder(_inFlight, batch);
            batch.Attempts++;
            WaitingSinceMs = nowMs;
            return batch;
        }
    }

    /// <summary>The broker has it: it is in flight no more.</summary>
    public void Stored(ProducerBatch batch)
    {
        lock (_gate)
        {
            _inFlight.Remove(batch);
            _sizeLimit.OnStored(batch.SizeInBytes);
            if (batch.BaseSequence >= 0 && batch.Producer == _producer && !Sequences.IsBefore(batch.BaseSequence, _expectedSequence))
            {
                _expectedSequence = Sequences.Add(batch.BaseSequence, batch.RecordCount);
                _isEstablished = true;
            }
            _notBeforeMs = 0;
        }
    }

    /// <summary>It was not stored, or nobody knows, and it is to be sent again: it waits in its place.</summary>
    public void Return(ProducerBatch batch, long notBeforeMs)
    {
        lock (_gate)
        {
            _inFlight.Remove(batch);
            InOrder(_waiting, batch);
            _notBeforeMs = notBeforeMs;
        }
    }

    /// <summary>The broker does not take its sequence number: as <see cref="Return"/>, and if nothing before it explains that, numbers are given anew.</summary>
    /// <param name="batch">It is not stored.</param>
    /// <param name="notBeforeMs">As there.</param>
    /// <param name="isForgotten">The broker does not know the producer or its epoch any more.</param>
    /// <returns>False: there is no next epoch, a new producer id is needed before anything is sent.</returns>
    public bool Refused(ProducerBatch batch, long notBeforeMs, bool isForgotten)
    {
        lock (_gate)
        {
            batch.MayBeStored = false;
            _inFlight.Remove(batch);
            InOrder(_waiting, batch);
            _notBeforeMs = notBeforeMs;
            if (batch.BaseSequence < 0 || _waiting.First!.Value != batch || (_inFlight.First is { } first && first.Value.Order < batch.Order))
                return true;
            var isBehindGap = !isForgotten && Sequences.IsBefore(_expectedSequence, batch.BaseSequence);
            _renumbering = isBehindGap && !_mayStoreLate && _renumbering != Renumbering.NextEpoch ? Renumbering.SameEpoch : Renumbering.NextEpoch;
            return _renumbering == Renumbering.SameEpoch || _producer.Epoch < short.MaxValue;
        }
    }

    /// <summary>
    /// The broker does not take so large a batch and has not stored it: two halves wait in its place, to be sent as if it were sent again. The caller releases it.
    /// </summary>
    public void Split(ProducerBatch batch, RecordAccumulator accumulator)
    {
        lock (_gate)
        {
            _inFlight.Remove(batch);
            foreach (var later in _inFlight)
                later.Order += later.Order > batch.Order ? 1 : 0;
            foreach (var later in _waiting)
                later.Order += later.Order > batch.Order ? 1 : 0;
            _lastOrder++;
            _sizeLimit.OnRefused(batch.SizeInBytes);
            var first = accumulator.OpenBatch(this, batch.Order, batch.CreatedMs, batch.DeadlineMs);
            var second = accumulator.OpenBatch(this, batch.Order + 1, batch.CreatedMs, batch.DeadlineMs);
            batch.SplitInto(first, second);
            first.MayBeStored = second.MayBeStored = batch.MayBeStored;
            InOrder(_waiting, first);
            InOrder(_waiting, second);
            _notBeforeMs = 0;
        }
    }

    /// <summary>It is given up, wherever it is.</summary>
    public void Forget(ProducerBatch batch)
    {
        lock (_gate)
        {
            if (!_inFlight.Remove(batch))
                _waiting.Remove(batch);
            _mayStoreLate |= batch.MayBeStored && batch.BaseSequence >= 0;
        }
    }

    /// <summary>Adds the batches whose time is over: those that wait are taken out, those in flight stay until they are answered.</summary>
    /// <param name="nowMs">The monotonic clock.</param>
    /// <param name="waiting">Gets the first kind.</param>
    /// <param name="inFlight">Gets the second.</param>
    /// <param name="nextMs">When the next one's time will be over.</param>
    public void Expire(long nowMs, List<ProducerBatch> waiting, List<ProducerBatch> inFlight, ref long nextMs)
    {
        lock (_gate)
        {
            foreach (var batch in _inFlight)
            {
                if (batch.IsReported)
                    continue;
                if (batch.DeadlineMs <= nowMs)
                    inFlight.Add(batch);
                else
                    nextMs = Math.Min(nextMs, batch.DeadlineMs);
            }
            while (_waiting.First?.Value is { } batch)
            {
                if (batch.DeadlineMs > nowMs)
                {
                    nextMs = Math.Min(nextMs, batch.DeadlineMs);
                    return;
                }
                _waiting.RemoveFirst();
                _mayStoreLate |= batch.MayBeStored && batch.BaseSequence >= 0;
                waiting.Add(batch);
            }
        }
    }

    /// <summary>Adds all that wait, which are given up.</summary>
    public void TakeAll(List<ProducerBatch> batches)
    {
        lock (_gate)
        {
            batches.AddRange(_waiting);
            _waiting.Clear();
        }
    }

    public void AddFlush(FlushWaiter flush)
    {
        lock (_gate)
        {
            foreach (var batch in _inFlight)
                batch.AddFlush(flush);
            foreach (var batch in _waiting)
                batch.AddFlush(flush);
        }
    }

    /// <summary>True if there is nothing: the sender forgets the queue until something is appended.</summary>
    public bool TryUnlist()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || _inFlight.Count > 0)
                return false;
            _isListed = false;
            return true;
        }
    }

    /// <summary>Under the lock.</summary>
    private bool MaySend(ProducerBatch batch, in ReadyRules rules)
    {
        if (!rules.IsIdempotent)
            return true;
        if (_renumbering != Renumbering.No)
            return _inFlight.Count == 0;
        // One that is sent again goes before everything in flight, and nothing new goes behind one that is.
        return batch.BaseSequence < 0
            ? _inFlight.First?.Value is not { } oldest || (_isEstablished && oldest.Attempts <= 1 && batch.Order - oldest.Order < RememberedByBrokers)
            : _inFlight.First is not { } first || first.Value.Order > batch.Order;
    }

    /// <summary>Under the lock, nothing being in flight.</summary>
    private void ApplyRenumbering()
    {
        if (_renumbering == Renumbering.No)
            return;
        Invariant.Check(_inFlight.Count == 0);
        if (_renumbering == Renumbering.SameEpoch)
            _nextSequence = _expectedSequence;
        else
            StartAs(_producer.Epoch < short.MaxValue ? _producer with { Epoch = (short)(_producer.Epoch + 1) } : ProducerIdAndEpoch.None);
        foreach (var batch in _waiting)
            batch.ForgetSequence();
        _renumbering = Renumbering.No;
    }

    private void StartAs(ProducerIdAndEpoch producer)
    {
        _producer = producer;
        _nextSequence = _expectedSequence = 0;
        _mayStoreLate = _isEstablished = false;
    }

    private static void InOrder(LinkedList<ProducerBatch> list, ProducerBatch batch)
    {
        var after = list.Last;
        while (after is not null && after.Value.Order > batch.Order)
            after = after.Previous;
        if (after is null)
            list.AddFirst(batch);
        else
            list.AddAfter(after, batch);
    }
}

/// <summary>What makes a batch ready, beside its being full.</summary>
/// <param name="LingerMs">It waits for more records for so long.</param>
/// <param name="SendsAll">Nothing waits: somebody flushes, or waits for memory.</param>
/// <param name="IsIdempotent">It has a sequence number.</param>
internal readonly record struct ReadyRules(long LingerMs, bool SendsAll, bool IsIdempotent);
