using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// What one fetch brought of one partition: record batches as they came, not looked into beyond their headers. Whoever takes it from the <see cref="ChunkQueue"/> reads it to
/// its end, or stops when its delivery is closed, and releases it once.
/// </summary>
internal sealed class FetchedChunk(PartitionDelivery delivery, ReadOnlyMemory<byte> records, FetchLease lease)
{
    private int _isReleased;

    public PartitionDelivery Delivery { get; } = delivery;

    /// <summary>Whole batches; valid until <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Records { get; } = records;

    /// <summary>The first batch may begin before it.</summary>
    public required long FromOffset { get; init; }

    /// <summary>Behind the last batch.</summary>
    public required long NextOffset { get; init; }

    /// <summary>By rising first offset; null where aborted records are not to be left out.</summary>
    public List<FetchResponse.AbortedTransaction>? Aborted { get; init; }

    public FetchLease Lease { get; } = lease;

    /// <summary>False if it was released before.</summary>
    public bool Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) != 0)
            return false;
        Delivery.AddBuffered(-Records.Length);
        Lease.Release();
        return true;
    }
}
