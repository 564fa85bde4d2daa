using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Producing;

/// <summary>
/// Records of one partition that are sent and answered together, and who waits for them. Filled under its partition's lock; once taken for sending it is the
/// sender's alone. Pooled with its buffers.
/// <para>Invariants: a batch that has a sequence number is closed; every record's handler is called exactly once.</para>
/// </summary>
internal sealed class ProducerBatch(CompressionType compression) : IDisposable
{
    private readonly RecordBatchBuilder _builder = new(new RecordBatchOptions { Compression = compression });
    private Waiting[] _waiting = new Waiting[64];
    private List<FlushWaiter>? _flushes;
    private Memory<byte> _encoded;
    private bool _isReported;

    public PartitionQueue Partition { get; private set; } = null!;

    /// <summary>Rises from batch to batch of a partition: the order in which they must be stored.</summary>
    public long Order { get; set; }

    public long CreatedMs { get; private set; }

    /// <summary>By the monotonic clock: then its records fail, if they are not delivered.</summary>
    public long DeadlineMs { get; private set; }

    /// <summary>Of the producer's buffer memory.</summary>
    public int ReservedBytes { get; set; }

    public bool IsClosed { get; private set; }

    public ProducerIdAndEpoch Producer { get; private set; } = ProducerIdAndEpoch.None;

    /// <summary>-1 until it is first sent, and again when it must be numbered anew.</summary>
    public int BaseSequence { get; private set; } = -1;

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>It was sent and nobody knows whether it is stored.</summary>
    public bool MayBeStored { get; set; }

    public bool IsReported => _isReported;

    public int RecordCount => _builder.RecordCount;

    /// <summary>Before compression.</summary>
    public int SizeInBytes => _builder.UncompressedSizeInBytes;

    public int LastSequence => Sequences.Add(BaseSequence, RecordCount - 1);

    public void Open(PartitionQueue partition, long order, long nowMs, long deadlineMs)
    {
        Partition = partition;
        Order = order;
        CreatedMs = nowMs;
        DeadlineMs = deadlineMs;
    }

    public void Append(in OutgoingRecord record)
    {
        Invariant.Check(!IsClosed);
        _builder.Append(record.TimestampMs, record.Key, record.Value, record.Headers);
        var index = _builder.RecordCount - 1;
        if (index == _waiting.Length)
            Array.Resize(ref _waiting, index * 2);
        _waiting[index] = new Waiting(record.Handler, record.State, record.TimestampMs);
    }

    public void Close() => IsClosed = true;

    public void AssignSequence(ProducerIdAndEpoch producer, int baseSequence)
    {
        Invariant.Check(IsClosed && BaseSequence < 0);
        Producer = producer;
        BaseSequence = baseSequence;
    }

    public void ForgetSequence()
    {
        BaseSequence = -1;
        Producer = ProducerIdAndEpoch.None;
    }

    /// <summary>The batch as it is sent: compressed once, its producer and sequence as they are now.</summary>
    public MemoryRecords Encode()
    {
        Invariant.Check(IsClosed);
        if (_encoded.IsEmpty)
            _encoded = _builder.Build();
        if (Producer.IsPresent)
            RecordBatch.AssignProducer(_encoded.Span, Producer, BaseSequence);
        return new MemoryRecords(_encoded);
    }

    /// <summary>The waiter waits for the report, if that is not out: one that was given up may still be in flight. The sender's.</summary>
    public void AddFlush(FlushWaiter flush)
    {
        if (_isReported || _flushes?.Contains(flush) == true)
            return;
        (_flushes ??= []).Add(flush);
        flush.Add();
    }

    /// <summary>
    /// Shares the records out between two open batches, in their order and about half of the bytes each; so they share whoever waits, and the sequence numbers. What is left here
    /// is to be forgotten.
    /// </summary>
    public void SplitInto(ProducerBatch first, ProducerBatch second)
    {
        Invariant.Check(IsClosed && !_isReported && RecordCount > 1);
        Invariant.Check(RecordBatch.TryRead(_encoded, out var batch));
        using var payload = RecordBatchReader.Decompress(batch, int.MaxValue);
        var index = 0;
        foreach (var record in payload.Records)
        {
            // Neither stays empty.
            var to = index == 0 || (index < RecordCount - 1 && first.SizeInBytes < SizeInBytes / 2) ? first : second;
            ref var waiting = ref _waiting[index++];
            to.Append(new OutgoingRecord(record.TimestampMs, record.Key, record.Value, record.Headers.ToArray(), waiting.Handler, waiting.State));
        }
        first.ContinueSplit(this, BaseSequence);
        second.ContinueSplit(this, BaseSequence < 0 ? -1 : Sequences.Add(BaseSequence, first.RecordCount));
        first.ReservedBytes = ReservedBytes / 2;
        second.ReservedBytes = ReservedBytes - first.ReservedBytes;
        ReservedBytes = 0;
        _flushes?.ForEach(static flush => flush.Done());
        _flushes = null;
    }

    /// <summary>Tells everybody who waits, if they were not told before.</summary>
    /// <param name="baseOffset">Of the first record, -1 if it is not known.</param>
    /// <param name="logAppendTimeMs">The broker's time, if it stamps records with that; else -1.</param>
    /// <param name="error">Null: delivered.</param>
    /// <param name="onFault">Is told of a handler that throws.</param>
    public void Report(long baseOffset, long logAppendTimeMs, BrokerClientException? error, Action<Exception> onFault)
    {
        if (_isReported)
            return;
        _isReported = true;
        var topic = Partition.Topic;
        var partition = Partition.Index;
        for (var i = 0; i < _builder.RecordCount; i++)
        {
            ref var waiting = ref _waiting[i];
            if (waiting.Handler is not { } handler)
                continue;
            try
            {
                handler.OnDelivery(
                    new DeliveryReport(topic, partition, baseOffset < 0 ? -1 : baseOffset + i, logAppendTimeMs >= 0 ? logAppendTimeMs : waiting.TimestampMs, error),
                    waiting.State);
            }
            catch (Exception fault)
            {
                onFault(fault);
            }
        }
        _flushes?.ForEach(static flush => flush.Done());
        _flushes = null;
    }

    /// <summary>Ready for another partition's records.</summary>
    public void Reset()
    {
        Array.Clear(_waiting, 0, _builder.RecordCount);
        _builder.Clear();
        _flushes = null;
        _encoded = default;
        _isReported = IsClosed = MayBeStored = false;
        Attempts = ReservedBytes = 0;
        Partition = null!;
        ForgetSequence();
    }

    public void Dispose() => _builder.Dispose();

    private void ContinueSplit(ProducerBatch whole, int baseSequence)
    {
        Close();
        if (baseSequence >= 0)
            AssignSequence(whole.Producer, baseSequence);
        whole._flushes?.ForEach(AddFlush);
    }

    private readonly record struct Waiting(IDeliveryHandler? Handler, object? State, long TimestampMs);
}
