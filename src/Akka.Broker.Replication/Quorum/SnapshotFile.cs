using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// A snapshot of the metadata as a file (KIP-630): record batches as in the log, offsets of their own.
/// <code>
/// control batch   snapshot header, kraft.version, voters
/// batch …         the records that make the state
/// control batch   snapshot footer: without it, the file is not whole
/// </code>
/// </summary>
public static class SnapshotFile
{
    /// <summary>Whether the bytes are batches with valid checksums, the last of which is the footer.</summary>
    public static bool IsWhole(ReadOnlyMemory<byte> bytes)
    {
        var ended = false;
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            if (ended || !batch.HasValidCrc)
                return false;
            ended = ControlBatches.IsSnapshotFooter(batch);
            bytes = bytes[batch.SizeInBytes..];
        }
        return ended && bytes.IsEmpty;
    }

    /// <summary>The whole file: header, the batches of the state, footer.</summary>
    /// <param name="voters">As of the snapshot's offset.</param>
    /// <param name="epoch">Of the snapshot.</param>
    /// <param name="timestampMs">Of the last record that it stands for.</param>
    /// <param name="batchAt">The next batch of the state, given its base offset; null behind the last.</param>
    public static IEnumerable<byte[]> Build(VoterSet voters, int epoch, long timestampMs, Func<long, byte[]?> batchAt)
    {
        var batch = ControlBatches.SnapshotHeader(voters, epoch, timestampMs);
        while (batch is not null)
        {
            yield return batch;
            var offset = new RecordBatch(batch).NextOffset;
            batch = batchAt(offset);
            if (batch is null)
                yield return ControlBatches.SnapshotFooter(epoch, offset, timestampMs);
        }
    }
}
