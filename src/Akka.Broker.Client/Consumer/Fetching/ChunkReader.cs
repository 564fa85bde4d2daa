using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Reads the records of a chunk one after the other, without allocating: batches are decompressed into one pooled buffer that is used again for the next. Passes over what a
/// consumer must not see: records before the position, control batches, and with <c>read_committed</c> the records of aborted transactions.
/// One reader, one thread at a time.
/// <para>Invariant: the memory of <see cref="Current"/> is valid until the next <see cref="MoveNext"/> or <see cref="Close"/>.</para>
/// </summary>
internal sealed class ChunkReader(bool checksCrc, int decompressedBytesMax) : IDisposable
{
    private readonly HashSet<long> _abortedProducers = [];
    private BoundedBuffer? _buffer;
    private FetchedChunk? _chunk;
    private ReadOnlyMemory<byte> _rest;
    private RecordCursor _cursor;
    private bool _isInBatch;
    private long _from;
    private int _nextAborted;

    public FetchedChunk? Chunk => _chunk;

    public ref readonly RecordCursor Current => ref _cursor;

    /// <summary>Of the batch that <see cref="Current"/> is in.</summary>
    public int Epoch { get; private set; }

    public TimestampType TimestampType { get; private set; }

    /// <summary>Goes to the front of a chunk, or in one that was put back to where its delivery stands.</summary>
    public void Open(FetchedChunk chunk)
    {
        _chunk = chunk;
        _rest = chunk.Records;
        _isInBatch = false;
        _from = Math.Max(chunk.FromOffset, chunk.Delivery.Position);
        _nextAborted = 0;
        _abortedProducers.Clear();
    }

    /// <summary>False at the end of the chunk.</summary>
    /// <exception cref="CorruptBatchException">A batch is damaged, or cannot be decompressed.</exception>
    public bool MoveNext()
    {
        while (true)
        {
            try
            {
                while (_isInBatch && _cursor.MoveNext())
                {
                    if (_cursor.Offset >= _from)
                        return true;
                }
            }
            catch (InvalidRecordException e)
            {
                throw Corrupt(e.Message, e);
            }
            _isInBatch = false;
            if (!RecordBatch.TryRead(_rest, out var batch))
                return false;
            _rest = _rest[batch.SizeInBytes..];
            // Markers count also where the records before the position are passed over.
            var isHidden = IsHidden(batch);
            if (!isHidden && batch.LastOffset >= _from)
                Enter(batch);
        }
    }

    public void Close()
    {
        _chunk = null;
        _rest = default;
        _cursor = default;
        _isInBatch = false;
    }

    public void Dispose()
    {
        Close();
        _buffer?.Dispose();
        _buffer = null;
    }

    private void Enter(RecordBatch batch)
    {
        if (batch.Magic != RecordBatch.CurrentMagic)
            throw Corrupt($"the batch at offset {batch.BaseOffset} has format {batch.Magic}; 2 is read");
        if (checksCrc && !batch.HasValidCrc)
            throw Corrupt($"the checksum of the batch at offset {batch.BaseOffset} is wrong");
        Epoch = batch.PartitionLeaderEpoch;
        TimestampType = batch.TimestampType;
        _cursor = new RecordCursor(batch, Decompress(batch));
        _isInBatch = true;
    }

    private bool IsHidden(RecordBatch batch)
    {
        if (_chunk!.Aborted is { } aborted)
        {
            for (; _nextAborted < aborted.Count && aborted[_nextAborted].FirstOffset <= batch.LastOffset; _nextAborted++)
                _abortedProducers.Add(aborted[_nextAborted].ProducerId);
            if (Protocol.Records.EndTransactionMarker.TryRead(batch, out _))
                _abortedProducers.Remove(batch.ProducerId);
        }
        return batch.IsControl || (batch.IsTransactional && _abortedProducers.Contains(batch.ProducerId));
    }

    private ReadOnlyMemory<byte> Decompress(RecordBatch batch)
    {
        if (batch.Compression == CompressionType.None)
            return batch.Payload;
        if (!Codecs.IsKnown(batch.Compression))
            throw Corrupt($"the batch at offset {batch.BaseOffset} has codec {(int)batch.Compression}; 0 to 4 are known");
        _buffer ??= new BoundedBuffer(decompressedBytesMax, 4 * batch.SizeInBytes);
        _buffer.Truncate(0);
        try
        {
            Codecs.Get(batch.Compression).Decompress(batch.Payload.Span, _buffer);
        }
        catch (CodecException e)
        {
            throw Corrupt($"the batch at offset {batch.BaseOffset} cannot be decompressed: {e.Message}", e);
        }
        return _buffer.WrittenMemory;
    }

    private CorruptBatchException Corrupt(string what, Exception? cause = null) => new(_chunk!.Delivery.Partition, what, cause);
}

/// <summary>Record batches that a broker sent cannot be read.</summary>
public sealed class CorruptBatchException(TopicPartition partition, string what, Exception? cause = null)
    : BrokerClientException(ErrorCode.CorruptMessage, $"Reading {partition}: {what}.", cause)
{
    public TopicPartition Partition { get; } = partition;
}
