using System.Buffers;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Producing;

/// <summary>A record that waits for its topic's metadata or for memory, with bytes of its own.</summary>
internal sealed class ParkedRecord
{
    private readonly byte[] _bytes;
    private readonly int _keyLength;
    private readonly int _valueLength;
    private readonly long _timestampMs;
    private readonly RecordHeader[] _headers;
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<FlushWaiter>? _flushes;

    public ParkedRecord(in OutgoingRecord record, int partition, long deadlineMs)
    {
        _keyLength = record.Key.IsNull ? -1 : record.Key.Span.Length;
        _valueLength = record.Value.IsNull ? -1 : record.Value.Span.Length;
        _bytes = ArrayPool<byte>.Shared.Rent(record.Key.Span.Length + record.Value.Span.Length);
        record.Key.Span.CopyTo(_bytes);
        record.Value.Span.CopyTo(_bytes.AsSpan(record.Key.Span.Length));
        _headers = record.Headers;
        _timestampMs = record.TimestampMs;
        Handler = record.Handler;
        State = record.State;
        Partition = partition;
        DeadlineMs = deadlineMs;
        Size = record.SizeMax;
    }

    /// <summary>As the caller wants it; -1 if it is to be chosen.</summary>
    public int Partition { get; }

    public long DeadlineMs { get; }

    public int Size { get; }

    public IDeliveryHandler? Handler { get; }

    public object? State { get; }

    public long TimestampMs => _timestampMs;

    /// <summary>It counts in <see cref="BufferMemory.IsExhausted"/>.</summary>
    public bool WaitsForMemory { get; set; }

    /// <summary>Completed when a batch has taken it over, failed when none did in time.</summary>
    public Task Accepted => _accepted.Task;

    public OutgoingRecord Record
    {
        get
        {
            var key = _keyLength < 0 ? NullableBytes.Null : new ReadOnlySpan<byte>(_bytes, 0, _keyLength);
            var value = _valueLength < 0 ? NullableBytes.Null : new ReadOnlySpan<byte>(_bytes, Math.Max(0, _keyLength), _valueLength);
            return new OutgoingRecord(_timestampMs, key, value, _headers, Handler, State);
        }
    }

    /// <summary>Who waits for it to be reported.</summary>
    public List<FlushWaiter>? Flushes => _flushes;

    public void AddFlush(FlushWaiter flush)
    {
        (_flushes ??= []).Add(flush);
        flush.Add();
    }

    /// <summary>A batch has it: its bytes go back, and whoever flushes waits for the batch from now on.</summary>
    public void Accept()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _accepted.TrySetResult();
        DoneFlushing();
    }

    public void Fail(string topic, BrokerClientException error)
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _accepted.TrySetException(error);
        // The report tells it, too; nobody has to look at both.
        _ = _accepted.Task.Exception;
        Handler?.OnDelivery(new DeliveryReport(topic, Partition, -1, _timestampMs, error), State);
        DoneFlushing();
    }

    private void DoneFlushing()
    {
        _flushes?.ForEach(static flush => flush.Done());
        _flushes = null;
    }
}
