using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

/// <summary>A record as a consumer sees it.</summary>
internal sealed record SeenRecord(long Offset, string? Key, string? Value, long TimestampMs);

/// <summary>Batches of records with keys, and what readers make of them.</summary>
internal static class KeyedRecords
{
    public static byte[] Batch(long baseOffset, (string? Key, string? Value)[] records, RecordBatchOptions? options = null, long? timestampMs = null)
    {
        using var builder = new RecordBatchBuilder((options ?? new RecordBatchOptions()) with { BaseOffset = baseOffset, PartitionLeaderEpoch = 0 });
        foreach (var (key, value) in records)
            builder.Append(timestampMs ?? Batches.Time + builder.NextOffset, Bytes(key), Bytes(value));
        return builder.ToArray();
    }

    /// <summary>Appends one batch, and says that it is committed.</summary>
    public static void Put(this PartitionLog log, params (string? Key, string? Value)[] records) => log.PutAs(new RecordBatchOptions(), records);

    public static void PutAs(this PartitionLog log, RecordBatchOptions options, params (string? Key, string? Value)[] records) =>
        log.AppendCommitted(Batch(log.LogEndOffset, records, options));

    public static void AppendCommitted(this PartitionLog log, byte[] batches)
    {
        Assert.Equal(AppendStatus.Appended, log.Append(log.TakeOver(), batches).Status);
        log.HighWatermark = log.LogEndOffset;
    }

    /// <summary>Rolls, and notes all as synced, so that all that is there may be compacted; one record more keeps the last segment from being empty.</summary>
    public static void Roll(this LogTestContext context)
    {
        context.Log.RollAsync().Now();
        context.Log.Put(("active", "x"));
        context.Manager.CheckpointAsync(syncAll: true).Now();
    }

    public static List<SeenRecord> Records(this IEnumerable<RecordBatch> batches)
    {
        var seen = new List<SeenRecord>();
        foreach (var batch in batches)
        {
            Assert.True(batch.HasValidCrc);
            if (batch.IsControl)
                continue;
            using var payload = RecordBatchReader.Decompress(batch, 1 << 24);
            foreach (var record in payload.Records)
                seen.Add(new SeenRecord(record.Offset, record.Key.ToString(), record.Value.ToString(), record.TimestampMs));
        }
        return seen;
    }

    public static List<RecordBatch> AllBatches(this PartitionLog log) => Batches.Split(log.ReadToEnd());

    public static List<SeenRecord> AllRecords(this PartitionLog log) => log.AllBatches().Records();

    /// <summary>Without those of aborted transactions.</summary>
    public static List<SeenRecord> CommittedRecords(this PartitionLog log)
    {
        var aborted = log.AbortedTransactions(log.LogStartOffset, log.LogEndOffset);
        return log.AllBatches().Where(b => !aborted.Any(a => a.ProducerId == b.Producer.ProducerId && b.IsTransactional && b.BaseOffset >= a.FirstOffset && b.LastOffset < a.LastOffset)).Records();
    }

    /// <summary>What a consumer that reads all and keeps the last value of each key ends with.</summary>
    public static SortedDictionary<string, string> Table(this IEnumerable<SeenRecord> records)
    {
        var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in records.Where(r => r.Key is not null))
        {
            if (record.Value is null)
                table.Remove(record.Key!);
            else
                table[record.Key!] = record.Value;
        }
        return table;
    }

    /// <summary>As a consumer does, over gaps.</summary>
    public static byte[] ReadToEnd(this PartitionLog log)
    {
        var all = new List<byte>();
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            using var records = log.Read(offset, 1 << 20, log.LogEndOffset, minOneBatch: true);
            var batches = Batches.Split(records.ToArray());
            if (batches.Count == 0)
                break;
            foreach (var batch in batches)
                all.AddRange(batch.Bytes.Span);
            offset = batches[^1].NextOffset;
        }
        return [.. all];
    }

    public static BatchHeader HeaderOf(this RecordBatch batch) => new(batch.Bytes.Span);

    public static RecordBatchOptions From(long producerId, int sequence, bool transactional = false, short epoch = 0) => new()
    {
        Producer = new ProducerIdAndEpoch(producerId, epoch),
        BaseSequence = sequence,
        IsTransactional = transactional,
    };

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
