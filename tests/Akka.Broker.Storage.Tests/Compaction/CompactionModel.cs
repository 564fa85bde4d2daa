using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Producers;

namespace Akka.Broker.Storage.Tests.Compaction;

/// <summary>A compacted log beside all that was ever appended to it, kept the simple way: random producers, transactions, tombstones.</summary>
internal sealed class CompactionModel(Random random)
{
    private readonly Dictionary<long, (int Sequence, bool InTransaction)> _producers = [];

    /// <summary>Of all that was appended, compacted away or not.</summary>
    public LogModel All { get; } = new();

    public void AppendSome(LogTestContext context)
    {
        var batch = NextBatch(context);
        context.Log.AppendCommitted(batch);
        All.Append(batch);
    }

    /// <summary>After a crash that has lost the end of the log.</summary>
    public void CutTo(long end)
    {
        All.TruncateTo(end);
        _producers.Clear();
        var (producers, _) = All.Producers();
        foreach (var p in producers.Producers)
            _producers[p.ProducerId] = (p.LastSequence + 1, p.CurrentTransactionFirstOffset >= 0);
    }

    /// <summary>Compares all that a consumer can tell, and what a compaction promises for the part that it has been over.</summary>
    public void Check(PartitionLog log)
    {
        Assert.Equal(All.LogEnd, log.LogEndOffset);
        var appended = All.Batches.Records().ToDictionary(r => r.Offset);
        var seen = log.AllRecords();
        Assert.All(seen, r => Assert.Equal(appended[r.Offset], r));
        Assert.Equal(seen.Select(r => r.Offset).Order(), seen.Select(r => r.Offset));

        var (producers, aborted) = All.Producers();
        var abortedOffsets = All.Batches
            .Where(b => b.IsTransactional && aborted.Any(a => a.ProducerId == b.Producer.ProducerId && b.BaseOffset >= a.FirstOffset && b.LastOffset <= a.LastOffset))
            .Records().Select(r => r.Offset).ToHashSet();
        var stable = producers.LastStableOffset(All.LogEnd);
        var committed = appended.Values.Where(r => r.Offset < stable && !abortedOffsets.Contains(r.Offset)).OrderBy(r => r.Offset).ToList();
        var read = log.CommittedRecords().Where(r => r.Offset < stable).ToList();
        var wrong = committed.Table().Except(read.Table()).Concat(read.Table().Except(committed.Table())).Select(r => r.Key).ToHashSet();
        Assert.True(wrong.Count == 0, $"of {string.Join(", ", wrong)}, appended:\n{Lines(committed, wrong)}read:\n{Lines(read, wrong)}");
        CheckCompacted(log, committed, seen, abortedOffsets);
        CheckState(log, producers);
    }

    private static string Lines(IEnumerable<SeenRecord> records, HashSet<string> keys) =>
        string.Concat(records.Where(r => r.Key is not null && keys.Contains(r.Key)).Select(r => $"  {r}\n"));

    private void CheckCompacted(PartitionLog log, List<SeenRecord> committed, List<SeenRecord> seen, HashSet<long> aborted)
    {
        var dirty = log.Mutator.FirstDirtyOffset;
        // All that is behind is there, and before it no key twice, and nothing that was aborted.
        var later = All.Batches.Records().Where(r => r.Offset >= log.Mutator.Active.BaseOffset).Select(r => r.Offset);
        Assert.Equal(later, seen.Where(r => r.Offset >= log.Mutator.Active.BaseOffset).Select(r => r.Offset));
        var newest = committed.Where(r => r.Offset < dirty && r.Key is not null).GroupBy(r => r.Key!).ToDictionary(g => g.Key, g => g.Max(r => r.Offset));
        Assert.All(seen.Where(r => r.Offset < dirty), r => Assert.Equal(newest[r.Key!], r.Offset));
        Assert.DoesNotContain(seen, r => r.Offset < dirty && aborted.Contains(r.Offset));
    }

    private void CheckState(PartitionLog log, ProducerStateManager expected)
    {
        var captured = log.CaptureAsync(log.TakeOver()).Now();
        foreach (var producer in expected.Producers)
        {
            var found = captured.Producers.Find(producer.ProducerId)!;
            Assert.Equal(
                (producer.ProducerEpoch, producer.LastSequence, producer.LastDataOffset, producer.CurrentTransactionFirstOffset),
                (found.ProducerEpoch, found.LastSequence, found.LastDataOffset, found.CurrentTransactionFirstOffset));
        }
        Assert.Equal(expected.LastStableOffset(All.LogEnd), log.LastStableOffset(All.LogEnd));
    }

    private byte[] NextBatch(LogTestContext context)
    {
        var offset = context.Log.LogEndOffset;
        var codec = (CompressionType)random.Next(5);
        var records = Enumerable.Range(0, random.Next(1, 6))
            .Select(i => ((string?)$"k{random.Next(12)}", random.Next(4) == 0 ? null : new string((char)('a' + random.Next(26)), random.Next(1, 40)) + (offset + i)))
            .ToArray();
        if (random.Next(2) == 0)
            return KeyedRecords.Batch(offset, records, new RecordBatchOptions { Compression = codec });
        var id = random.Next(4);
        var (sequence, inTransaction) = _producers.GetValueOrDefault(id);
        if (inTransaction && random.Next(2) == 0)
        {
            _producers[id] = (sequence, false);
            return Batches.Marker(offset, id, commit: random.Next(2) == 0);
        }
        var transactional = inTransaction || (id >= 2 && random.Next(2) == 0);
        _producers[id] = (sequence + records.Length, transactional);
        return KeyedRecords.Batch(offset, records, KeyedRecords.From(id, sequence, transactional) with { Compression = codec });
    }
}
