using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

/// <summary>What a log should be, kept the simple way: a list of all batches, also of those before the log start.</summary>
internal sealed class LogModel
{
    public List<RecordBatch> Batches { get; } = [];

    public long LogStart { get; set; }

    /// <summary>The log's end while there are no batches: where it began.</summary>
    public long EmptyEnd { get; set; }

    public long LogEnd => Batches.Count == 0 ? EmptyEnd : Batches[^1].NextOffset;

    public void Append(byte[] bytes) => Batches.AddRange(Tests.Batches.Split((byte[])bytes.Clone()));

    public void TruncateTo(long offset)
    {
        while (Batches.Count > 0 && Batches[^1].LastOffset >= offset)
            Batches.RemoveAt(Batches.Count - 1);
        LogStart = Math.Min(LogStart, LogEnd);
    }

    public void StartAt(long offset)
    {
        Batches.Clear();
        EmptyEnd = LogStart = offset;
    }

    /// <summary>From the batch that holds the offset on.</summary>
    public byte[] BytesFrom(long offset) => [.. Batches.Where(b => b.LastOffset >= offset).SelectMany(b => b.Bytes.ToArray())];

    public (ProducerStateManager Producers, List<CompletedTransaction> Aborted) Producers()
    {
        var producers = new ProducerStateManager();
        var aborted = new List<CompletedTransaction>();
        foreach (var batch in Batches)
        {
            EndTransactionMarker? marker = EndTransactionMarker.TryRead(batch, out var end) ? end : null;
            if (producers.Update(new BatchHeader(batch.Bytes.Span), marker) is { IsAborted: true } transaction)
                aborted.Add(transaction);
        }
        return (producers, aborted);
    }

    /// <summary>Compares all that can be seen of a log.</summary>
    public void Check(PartitionLog log)
    {
        Assert.Equal(LogStart, log.LogStartOffset);
        Assert.Equal(LogEnd, log.LogEndOffset);
        Assert.Equal(BytesFrom(LogStart), log.ReadAll());
        Assert.Equal(Batches.Where(b => b.LastOffset >= LogStart).Select(b => b.BaseOffset), log.ReadHeaders(LogStart).Select(h => h.BaseOffset));
        foreach (var batch in Batches.Where(b => b.LastOffset >= LogStart))
            Assert.Equal(batch.PartitionLeaderEpoch, log.LeaderEpochs.EpochOf(batch.LastOffset));
        var (producers, aborted) = Producers();
        var captured = log.CaptureAsync(log.TakeOver()).Now();
        Assert.Equal(ProducerSnapshot.Encode(producers, hasAllBatches: false), ProducerSnapshot.Encode(captured.Producers, hasAllBatches: false));
        Assert.Equal(producers.LastStableOffset(LogEnd), log.LastStableOffset(LogEnd));
        Assert.Equal(
            aborted.Where(a => a.LastOffset >= LogStart).Select(a => (a.ProducerId, a.FirstOffset, a.LastOffset)),
            log.AbortedTransactions(LogStart, LogEnd).Select(a => (a.ProducerId, a.FirstOffset, a.LastOffset)));
        CheckTimes(log);
    }

    private void CheckTimes(PartitionLog log)
    {
        var max = Batches.Where(b => b.LastOffset >= LogStart).Select(b => b.MaxTimestamp).DefaultIfEmpty(-1).Max();
        if (max >= 0 && Batches.TrueForAll(b => b.BaseOffset >= LogStart || b.LastOffset < LogStart))
            Assert.Equal(max, log.MaxTimestampOffset()?.TimestampMs);
    }
}
