using Akka.Actor;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The reader that sends records to a target actor, as many as it has asked for. What the target says is handled may be committed, as far as nothing before it is missing.
/// A child of the consumer's actor.
/// </summary>
internal sealed class DeliveryActor<TKey, TValue> : ReceiveActor
{
    /// <summary>Records of one message.</summary>
    private const int BatchMax = 1_000;

    private readonly ConsumerLink _link;
    private readonly RecordDecoder<TKey, TValue> _decoder;
    private readonly IActorRef _target;
    private readonly ChunkReader _reader;
    private readonly DeliveryDemand _demand;
    private readonly Dictionary<long, (PartitionRun Run, long FirstOffset)> _out = [];
    private readonly Dictionary<PartitionDelivery, PartitionRun> _runs = [];
    private long _lastBatch;

    public DeliveryActor(ConsumerLink link, RecordDecoder<TKey, TValue> decoder, ConsumerSettings settings, IActorRef target, DeliveryDemand demand)
    {
        _link = link;
        _decoder = decoder;
        _target = target;
        _demand = demand;
        _reader = new ChunkReader(settings.CheckCrcs, settings.DecompressedMaxBytes);
        Receive<RequestRecords>(request => _demand.Add(request.Count));
        Receive<RecordsHandled>(OnHandled);
        Receive<QueueFilled>(_ => { });
    }

    protected override bool AroundReceive(Receive receive, object message)
    {
        var isHandled = base.AroundReceive(receive, message);
        Pump();
        return isHandled;
    }

    protected override void PreStart()
    {
        var self = Self;
        _link.Queue.Filled = () => self.Tell(QueueFilled.Instance, ActorRefs.NoSender);
    }

    protected override void PostStop()
    {
        _link.Queue.Filled = null;
        _reader.Dispose();
    }

    private void OnHandled(RecordsHandled handled)
    {
        if (!_out.Remove(handled.Batch, out var batch))
            return;
        batch.Run.Running--;
        batch.Run.Finish(batch.FirstOffset);
    }

    private void Pump()
    {
        foreach (var run in _runs.Values.Where(r => r.Delivery.IsClosed).ToArray())
        {
            run.Publish();
            if (run.Running == 0)
                _runs.Remove(run.Delivery);
        }
        while (_demand.Count > 0 && _link.Queue.TryTake(out var chunk))
        {
            if (!_runs.TryGetValue(chunk.Delivery, out var run))
                _runs[chunk.Delivery] = run = new PartitionRun(chunk.Delivery, _reader);
            _reader.Open(chunk);
            Send(run, chunk);
        }
    }

    /// <summary>Sends what the demand allows; a chunk with more goes back to the queue's front.</summary>
    private void Send(PartitionRun run, FetchedChunk chunk)
    {
        var records = new List<ConsumerRecord<TKey, TValue>>();
        var isThrough = false;
        CorruptBatchException? failure = null;
        try
        {
            while (records.Count < Math.Min(_demand.Count, BatchMax) && !(isThrough = !_reader.MoveNext()))
                records.Add(_decoder.Decode(run.Delivery.Partition, new KeptRecord(_reader), attempt: 1));
        }
        catch (CorruptBatchException e)
        {
            failure = e;
        }
        _reader.Close();
        if (records.Count > 0 && (run.Tracker.Ahead > 0 || run.Delivery.TryHold()))
            Send(run, records);
        if (isThrough)
        {
            run.Delivery.MoveTo(chunk.NextOffset);
            run.Tracker.PassTo(chunk.NextOffset);
            run.Publish();
        }
        if (failure is not null)
            _link.ReadFailed(run.Delivery, failure);
        if (isThrough || failure is not null)
            _link.Queue.Done(chunk);
        else
            _link.Queue.PutBack(chunk);
    }

    private void Send(PartitionRun run, List<ConsumerRecord<TKey, TValue>> records)
    {
        run.Begin(records[0].Offset, records[^1].LeaderEpoch);
        run.Tracker.PassTo(records[^1].Offset + 1);
        run.Delivery.MoveTo(records[^1].Offset + 1, records[^1].TimestampMs);
        run.Running++;
        _demand.Add(-records.Count);
        _out[++_lastBatch] = (run, records[0].Offset);
        _target.Tell(new ConsumedRecords<TKey, TValue>(_lastBatch, run.Delivery.Partition, records));
    }

    /// <summary>From the consumer, which may outlive its delivery by a moment.</summary>
    private sealed class QueueFilled : IDeadLetterSuppression
    {
        public static readonly QueueFilled Instance = new();
    }
}

/// <summary>How many more records a target takes. Written by its delivery, read by whoever explains.</summary>
internal sealed class DeliveryDemand
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Add(int count) => Interlocked.Add(ref _count, count);
}
