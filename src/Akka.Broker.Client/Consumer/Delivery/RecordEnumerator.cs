namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The reader behind <c>await foreach</c>: takes chunks, walks their records on the caller's thread, allocates nothing of its own a record. A record counts as finished when the
/// next one is asked for; the one at which a loop is left does not.
/// </summary>
internal sealed class RecordEnumerator<TKey, TValue>(ConsumerLink link, RecordDecoder<TKey, TValue> decoder, ConsumerSettings settings, Action ended, CancellationToken cancelled)
    : IAsyncEnumerator<ConsumerRecord<TKey, TValue>>
{
    private readonly ChunkReader _reader = new(settings.CheckCrcs, settings.DecompressedMaxBytes);
    private ConsumerRecord<TKey, TValue> _current;
    private bool _hasCurrent;
    private int _isAsking;
    private bool _isDisposed;

    public ConsumerRecord<TKey, TValue> Current => _current;

    /// <summary>The loop waits for the next record; any thread.</summary>
    public bool IsAsking => Volatile.Read(ref _isAsking) != 0;

    public ValueTask<bool> MoveNextAsync()
    {
        cancelled.ThrowIfCancellationRequested();
        if (_reader.Chunk is { } chunk)
        {
            if (_hasCurrent)
                chunk.Delivery.FinishTo(_current.Offset + 1, _current.LeaderEpoch);
            _hasCurrent = false;
            if (TryRead(chunk))
                return new ValueTask<bool>(true);
        }
        return NextChunkAsync();
    }

    public ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return ValueTask.CompletedTask;
        _isDisposed = true;
        if (_reader.Chunk is { } chunk)
            Leave(chunk, isThrough: false);
        _reader.Dispose();
        ended();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> NextChunkAsync()
    {
        Volatile.Write(ref _isAsking, 1);
        try
        {
            while (true)
            {
                while (link.Queue.TryTake(out var chunk))
                {
                    if (!chunk.Delivery.TryHold())
                    {
                        link.Queue.Done(chunk);
                        continue;
                    }
                    _reader.Open(chunk);
                    if (TryRead(chunk))
                        return true;
                }
                if (!await link.Queue.WaitAsync(cancelled).ConfigureAwait(false))
                    return false;
            }
        }
        finally
        {
            Volatile.Write(ref _isAsking, 0);
        }
    }

    private bool TryRead(FetchedChunk chunk)
    {
        var delivery = chunk.Delivery;
        if (delivery.IsClosed || delivery.IsPaused)
        {
            Leave(chunk, isThrough: delivery.IsClosed);
            return false;
        }
        try
        {
            if (_reader.MoveNext())
            {
                _current = decoder.Decode(delivery.Partition, _reader);
                _hasCurrent = true;
                delivery.MoveTo(_current.Offset + 1, _current.TimestampMs);
                return true;
            }
        }
        catch (CorruptBatchException e)
        {
            Leave(chunk, isThrough: true);
            link.ReadFailed(delivery, e);
            throw;
        }
        catch (RecordDeserializationException)
        {
            Leave(chunk, isThrough: false);
            throw;
        }
        delivery.MoveTo(chunk.NextOffset);
        delivery.FinishTo(chunk.NextOffset, _reader.Epoch);
        Leave(chunk, isThrough: true);
        return false;
    }

    private void Leave(FetchedChunk chunk, bool isThrough)
    {
        _hasCurrent = false;
        _reader.Close();
        if (isThrough)
            link.Queue.Done(chunk);
        else
            link.Queue.PutBack(chunk);
        chunk.Delivery.Unhold();
    }
}
