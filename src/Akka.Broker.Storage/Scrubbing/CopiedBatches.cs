using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>Finds batches of another replica by rising offsets, through what was fetched last. What it hands out is checked against its checksum. One thread.</summary>
internal sealed class CopiedBatches(IReplicaCopy copy, Action<int> onRead, CancellationToken stopped)
{
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The replica's batches from this offset on begin <see cref="_rest"/>.</summary>
    private long _from = long.MaxValue;

    public string From => copy.Name;

    /// <summary>
    /// The first batch that ends at or behind the offset; null if the replica has none. It stays until the next call.
    /// </summary>
    /// <exception cref="ReplicaCopyException">The replica cannot be read, or is damaged there, too.</exception>
    public RecordBatch? Find(long offset)
    {
        if (offset >= _from && Next(offset) is { } here)
            return here;
        (_from, _rest) = (offset, copy.Read(offset, stopped));
        onRead(_rest.Length);
        if (_rest.IsEmpty)
            return null;
        return Next(offset) ?? throw new ReplicaCopyException($"{copy.Name} has sent no whole batch that holds offset {offset}");
    }

    private RecordBatch? Next(long offset)
    {
        while (RecordBatch.TryRead(_rest, out var batch))
        {
            if (!new BatchHeader(batch.Bytes.Span).IsPlausible || !batch.HasValidCrc)
                throw new ReplicaCopyException($"the batch at offset {batch.BaseOffset} is damaged at {copy.Name}, too");
            if (batch.LastOffset >= offset)
                return batch;
            (_from, _rest) = (batch.NextOffset, _rest[batch.SizeInBytes..]);
        }

        return null;
    }
}
