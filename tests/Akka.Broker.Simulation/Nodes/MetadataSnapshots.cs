using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Images to and from the metadata log's snapshot files.</summary>
internal static class MetadataSnapshots
{
    public static MetadataImage Load(MemoryQuorumLog log, LogPosition id)
    {
        var builder = new MetadataImageBuilder(MetadataImage.Empty);
        ReadOnlyMemory<byte> bytes = log.ReadSnapshot(id, 0, int.MaxValue)!.Value.Bytes;
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            bytes = bytes[batch.SizeInBytes..];
            if (batch.IsControl)
                continue;
            foreach (var record in MetadataRecordCodec.DecodeBatch(batch))
                builder.Apply(record);
        }
        return builder.Advance(id.Offset - 1, id.Epoch).Build();
    }
}
