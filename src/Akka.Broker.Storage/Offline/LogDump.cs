using System.Globalization;
using System.Text;
using Akka.Broker.Protocol.Compression;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Offline;

/// <summary>What is shown of a log's file.</summary>
/// <param name="WithRecords">A line a record behind its batch's.</param>
/// <param name="FromOffset">Batches that end before it are left out.</param>
/// <param name="BatchesMax">At most so many.</param>
public sealed record LogDumpOptions(bool WithRecords = false, long FromOffset = 0, int BatchesMax = int.MaxValue);

/// <summary>
/// A log's file as text, a line a batch, record or index entry, so that what is on the disk can be looked at. Changes nothing; a file that a broker writes to may
/// be read meanwhile. One thread.
/// </summary>
public static class LogDump
{
    private const int DecompressedBytesMax = 256 * 1024 * 1024;

    /// <exception cref="CorruptFileException">The name is none of a log's files, or the file is not whole.</exception>
    public static IEnumerable<string> Lines(IDisk disk, string path, LogDumpOptions options)
    {
        var name = Path.GetFileName(path);
        if (LogFileNames.TryParse(name, LogFileNames.Log, out _))
            return Batches(disk, path, options);
        if (LogFileNames.TryParse(name, LogFileNames.OffsetIndex, out var baseOffset))
            return Offsets(disk, path, baseOffset);
        if (LogFileNames.TryParse(name, LogFileNames.TimeIndex, out baseOffset))
            return Times(disk, path, baseOffset);
        throw new CorruptFileException(path, "it is no file of a log; shown are 20 digits and .log, .index or .timeindex");
    }

    private static IEnumerable<string> Batches(IDisk disk, string path, LogDumpOptions options)
    {
        using var file = disk.Open(path, DiskFileMode.Open);
        var header = new byte[RecordBatch.HeaderSize];
        var (position, shown) = (0L, 0);
        while (position < file.Length && shown < options.BatchesMax)
        {
            if (file.Length - position < header.Length || file.Read(position, header) < header.Length)
                throw new CorruptFileException(path, $"at byte {position} there are {file.Length - position} bytes, less than a batch's header");
            var batch = new BatchHeader(header);
            if (!batch.IsPlausible || batch.SizeInBytes > file.Length - position)
                throw new CorruptFileException(path, $"at byte {position} there is no whole batch (size {batch.SizeInBytes}, format {batch.Magic}, base offset {batch.BaseOffset})");
            if (batch.LastOffset >= options.FromOffset)
            {
                shown++;
                var bytes = new byte[batch.SizeInBytes];
                file.Read(position, bytes);
                yield return Describe(batch, position, RecordBatch.ComputeCrc(bytes) == batch.Crc);
                if (options.WithRecords)
                {
                    foreach (var record in Records(bytes))
                        yield return record;
                }
            }

            position += batch.SizeInBytes;
        }
    }

    private static string Describe(in BatchHeader batch, long position, bool isValid) => string.Create(
        CultureInfo.InvariantCulture,
        $"baseOffset: {batch.BaseOffset} lastOffset: {batch.LastOffset} count: {batch.RecordCount} baseSequence: {batch.BaseSequence} producerId: {batch.ProducerId} producerEpoch: {batch.ProducerEpoch} partitionLeaderEpoch: {batch.PartitionLeaderEpoch} isTransactional: {Word(batch.IsTransactional)} isControl: {Word(batch.IsControl)} position: {position} maxTimestamp: {batch.MaxTimestamp} size: {batch.SizeInBytes} magic: {batch.Magic} compresscodec: {batch.Compression.ToString().ToLowerInvariant()} crc: {batch.Crc} isvalid: {Word(isValid)}");

    private static List<string> Records(byte[] bytes)
    {
        var lines = new List<string>();
        if (!RecordBatch.TryRead(bytes, out var batch))
            return lines;
        try
        {
            using var payload = RecordBatchReader.Decompress(batch, DecompressedBytesMax);
            foreach (var record in payload.Records)
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"| offset: {record.Offset} timestamp: {record.TimestampMs} key: {Text(record.Key)} value: {Text(record.Value)}"));
        }
        catch (Exception cause) when (cause is CodecException or InvalidRecordException)
        {
            lines.Add($"| the records cannot be read: {cause.Message}");
        }

        return lines;
    }

    private static IEnumerable<string> Offsets(IDisk disk, string path, long baseOffset)
    {
        using var index = new OffsetIndex(disk, path, baseOffset);
        if (!index.Entries.Load())
            throw new CorruptFileException(path, "it is cut inside an entry");
        for (var i = 0; i < index.Entries.Count && index.TryRead(i, out var offset, out var position); i++)
            yield return string.Create(CultureInfo.InvariantCulture, $"offset: {offset} position: {position}");
    }

    private static IEnumerable<string> Times(IDisk disk, string path, long baseOffset)
    {
        using var index = new TimeIndex(disk, path, baseOffset);
        if (!index.Entries.Load())
            throw new CorruptFileException(path, "it is cut inside an entry");
        for (var i = 0; i < index.Entries.Count && index.TryRead(i, out var timestamp, out var offset); i++)
            yield return string.Create(CultureInfo.InvariantCulture, $"timestamp: {timestamp} offset: {offset}");
    }

    private static string Word(bool value) => value ? "true" : "false";

    /// <summary>Text where it is text; else its length.</summary>
    private static string Text(NullableBytes bytes)
    {
        if (bytes.IsNull)
            return "null";
        var text = Encoding.UTF8.GetString(bytes.Span);
        return text.Any(c => char.IsControl(c) || c == '\uFFFD') ? $"({bytes.Span.Length} bytes)" : text;
    }
}
