using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Metadata;

/// <summary>An image as a snapshot file (<see cref="SnapshotFile"/>) and back.</summary>
public static class MetadataSnapshot
{
    private const int RecordsABatch = 1000;

    /// <summary>The snapshot that stands for all of the log up to the image's last record.</summary>
    public static LogPosition IdOf(MetadataImage image) => new(Math.Max(0, image.Epoch), image.Offset + 1);

    /// <summary>The file, batch by batch.</summary>
    /// <param name="image">What it holds.</param>
    /// <param name="voters">As of the image's offset.</param>
    /// <param name="timestampMs">Of the image's last record.</param>
    public static IEnumerable<byte[]> Write(MetadataImage image, VoterSet voters, long timestampMs)
    {
        var epoch = Math.Max(0, image.Epoch);
        var version = image.MetadataVersion == 0 ? MetadataVersion.Initial : image.MetadataVersion;
        var chunks = MetadataImageRecords.Of(image).Chunk(RecordsABatch).GetEnumerator();
        return SnapshotFile.Build(
            voters, epoch, timestampMs,
            offset => chunks.MoveNext() ? MetadataRecordCodec.EncodeBatch(chunks.Current, version, offset, epoch, timestampMs) : null);
    }

    /// <exception cref="UnsupportedMetadataException">A newer build wrote it.</exception>
    /// <exception cref="MalformedMessageException">It is no whole snapshot.</exception>
    public static MetadataImage Read(ReadOnlyMemory<byte> file, LogPosition id)
    {
        if (!SnapshotFile.IsWhole(file))
            throw new MalformedMessageException($"Snapshot {id} of the metadata is not whole.");
        var builder = new MetadataImageBuilder(MetadataImage.Empty);
        while (RecordBatch.TryRead(file, out var batch))
        {
            foreach (var record in MetadataRecordCodec.DecodeBatch(batch))
                builder.Apply(record);
            file = file[batch.SizeInBytes..];
        }
        return builder.Advance(id.Offset - 1, id.Epoch).Build();
    }
}
