using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Compaction;
using Akka.Broker.Storage.Producers;

namespace Akka.Broker.Storage.Tests.Compaction;

public sealed class CompactionSpec
{
    private static readonly LogConfig Compact = new() { CleanupPolicy = CleanupPolicy.Compact, RetentionMs = -1, IndexIntervalBytes = 100 };

    [Fact]
    public void The_last_record_of_each_key_stays_at_its_offset()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put(("a", "1"), ("b", "1"), ("a", "2"));
        context.Log.Put(("c", "1"), ("b", "2"));
        context.Log.Put(("a", "3"));
        context.Roll();
        var report = Assert.Single(context.Manager.CompactDue());

        Assert.Equal(6, report.EndOffset);
        Assert.Equal(
            [(3, "c", "1"), (4, "b", "2"), (5, "a", "3"), (6, "active", "x")],
            context.Log.AllRecords().Select(r => (r.Offset, r.Key, r.Value)));
        Assert.Equal(7, context.Log.LogEndOffset);
        Assert.Equal(0, context.Log.LogStartOffset);
        Assert.Equal(Batches.Time + 5, context.Log.AllRecords()[2].TimestampMs);
    }

    [Fact]
    public void A_reader_finds_the_next_record_from_any_offset_that_is_gone()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 400 });
        for (var i = 0; i < 60; i++)
            context.Log.Put(($"k{i % 7}", $"{i}"));
        context.Roll();
        context.Manager.CompactDue();
        var left = context.Log.AllBatches();
        Assert.True(left.Count < 30);
        for (var offset = 0L; offset < context.Log.LogEndOffset; offset++)
        {
            using var records = context.Log.Read(offset, 1000, context.Log.LogEndOffset, minOneBatch: true);
            Assert.Equal(left.First(b => b.LastOffset >= offset).BaseOffset, Batches.Split(records.ToArray())[0].BaseOffset);
        }
    }

    [Fact]
    public void A_batch_keeps_its_range_its_producer_and_its_codec()
    {
        using var context = new LogTestContext(Compact);
        foreach (var codec in Enum.GetValues<CompressionType>())
            context.Log.PutAs(KeyedRecords.From(7, (int)codec * 3) with { Compression = codec }, ("a", $"{codec}"), ($"of {codec}", new string('v', 300)), ("a", "last"));
        var before = context.Log.AllBatches();
        context.Roll();
        context.Manager.CompactDue();

        var after = context.Log.AllBatches();
        Assert.Equal(before.Select(b => (b.BaseOffset, b.LastOffset, b.BaseSequence, b.LastSequence, b.Producer, b.Compression)),
            after.SkipLast(1).Select(b => (b.BaseOffset, b.LastOffset, b.BaseSequence, b.LastSequence, b.Producer, b.Compression)));
        Assert.Equal([1, 1, 1, 1, 2, 1], after.Select(b => b.RecordCount));
        Assert.Equal("of Zstd", after[4..5].Records()[0].Key);
        // As Kafka leaves it: the first record that is left gives the base time.
        Assert.Equal(Batches.Time + 1, after[0].BaseTimestamp);
        Assert.Equal(Batches.Time + 1, after[0].MaxTimestamp);
    }

    [Fact]
    public void A_batch_of_the_brokers_time_keeps_it()
    {
        using var context = new LogTestContext(Compact);
        context.Log.PutAs(new RecordBatchOptions { LogAppendTimeMs = 5000 }, ("a", "1"), ("b", "1"));
        context.Log.Put(("a", "2"));
        context.Roll();
        context.Manager.CompactDue();
        var batch = context.Log.AllBatches()[0];
        Assert.Equal(TimestampType.LogAppendTime, batch.TimestampType);
        Assert.Equal(5000, batch.MaxTimestamp);
        Assert.Equal(new SeenRecord(1, "b", "1", 5000), context.Log.AllRecords()[0]);
    }

    [Fact]
    public void A_tombstone_stays_for_delete_retention_ms_after_its_first_compaction()
    {
        using var context = new LogTestContext(Compact with { DeleteRetentionMs = 1000, MinCleanableDirtyRatio = 0 });
        context.Log.Put(("a", "1"), ("b", "1"));
        context.Log.Put(("a", null));
        context.Roll();
        context.Manager.CompactDue();
        var batch = context.Log.AllBatches()[1];
        // Kafka's form: attribute bit 6, and the horizon where the base timestamp stands; the record's own time does not change.
        Assert.Equal(0x40, batch.Attributes);
        Assert.Equal(context.Time.NowMs + 1000, batch.BaseTimestamp);
        Assert.Equal(context.Time.NowMs + 1000, batch.HeaderOf().DeleteHorizonMs);
        Assert.Equal(new SeenRecord(2, "a", null, Batches.Time + 2), context.Log.AllRecords()[1]);

        context.Time.Advance(TimeSpan.FromMilliseconds(999));
        context.Log.Put(("z", "1"));
        context.Roll();
        context.Manager.CompactDue();
        Assert.Contains(context.Log.AllRecords(), r => r.Key == "a");
        Assert.Equal(batch.Bytes, context.Log.AllBatches()[1].Bytes);

        context.Time.Advance(TimeSpan.FromMilliseconds(1));
        context.Log.Put(("z", "2"));
        context.Roll();
        context.Manager.CompactDue();
        Assert.DoesNotContain(context.Log.AllRecords(), r => r.Key == "a");
        Assert.Equal("1", context.Log.AllRecords().Table()["b"]);
    }

    [Fact]
    public void The_active_segment_is_not_touched_nor_the_last_batch_before_an_empty_one()
    {
        using var context = new LogTestContext(Compact with { MinCleanableDirtyRatio = 0 });
        context.Log.Put(("a", "1"));
        context.Log.Put(("a", "2"));
        context.Manager.CheckpointAsync(syncAll: true).Now();
        Assert.Empty(context.Manager.CompactDue());
        context.Log.RollAsync().Now();
        context.Manager.CheckpointAsync(syncAll: true).Now();
        Assert.Empty(context.Manager.CompactDue());
        Assert.Equal(2, context.Log.AllRecords().Count);
    }

    [Fact]
    public void Nothing_is_compacted_before_it_is_committed_and_noted_as_synced()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put(("a", "1"));
        context.Log.Put(("a", "2"));
        context.Log.RollAsync().Now();
        context.Log.Put(("b", "1"));
        Assert.Empty(context.Manager.CompactDue());
        context.Manager.CheckpointAsync(syncAll: true).Now();
        context.Log.HighWatermark = 1;
        Assert.Empty(context.Manager.CompactDue());
        context.Log.HighWatermark = 2;
        Assert.Single(context.Manager.CompactDue());
    }

    [Fact]
    public void A_run_begins_when_the_dirty_share_is_reached_and_the_share_can_be_altered()
    {
        using var context = new LogTestContext(Compact);
        for (var i = 0; i < 100; i++)
            context.Log.Put(($"k{i}", "0"));
        context.Roll();
        Assert.Single(context.Manager.CompactDue());
        Assert.Empty(context.Manager.CompactDue());
        for (var i = 0; i < 30; i++)
            context.Log.Put(($"k{i}", "1"));
        context.Roll();
        Assert.Empty(context.Manager.CompactDue());
        context.Log.UpdateConfig(Compact with { MinCleanableDirtyRatio = 0.2 });
        Assert.Single(context.Manager.CompactDue());
        Assert.Equal(101, context.Log.AllRecords().Where(r => r.Offset < context.Log.LogEndOffset - 1).Count());
    }

    [Fact]
    public void Lags_hold_a_run_back_and_force_it()
    {
        using var context = new LogTestContext(Compact with { MinCompactionLagMs = 10_000, MinCleanableDirtyRatio = 1, MaxCompactionLagMs = 50_000 });
        var now = context.Time.NowMs;
        context.Log.AppendCommitted(KeyedRecords.Batch(0, [("a", "1")], timestampMs: now));
        context.Log.AppendCommitted(KeyedRecords.Batch(1, [("a", "2")], timestampMs: now));
        context.Log.RollAsync().Now();
        context.Log.AppendCommitted(KeyedRecords.Batch(2, [("a", "3")], timestampMs: now));
        context.Manager.CheckpointAsync(syncAll: true).Now();
        context.Time.Advance(TimeSpan.FromMilliseconds(50_000));
        Assert.Empty(context.Manager.CompactDue());
        context.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Single(context.Manager.CompactDue());
        Assert.Equal([1, 2], context.Log.AllRecords().Select(r => r.Offset));
        // The active segment does not outgrow the lag either.
        context.Log.AppendCommitted(KeyedRecords.Batch(3, [("b", "1")], timestampMs: now + 50_001));
        Assert.Equal(3, context.Log.SegmentCount);
    }

    [Fact]
    public void Records_without_a_key_go()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put((null, "1"), ("a", "1"), (null, "2"));
        context.Roll();
        context.Manager.CompactDue();
        Assert.Equal(["a", "active"], context.Log.AllRecords().Select(r => r.Key));
    }

    [Fact]
    public void A_batch_that_nobody_can_read_stays_as_it_is()
    {
        using var context = new LogTestContext(Compact);
        var batch = KeyedRecords.Batch(0, [("a", new string('v', 100))], new RecordBatchOptions { Compression = CompressionType.Gzip });
        batch.AsSpan(RecordBatch.HeaderSize, 20).Fill(0xff);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatch.CrcOffset), RecordBatch.ComputeCrc(batch));
        context.Log.AppendCommitted(batch);
        context.Log.Put(("a", "1"), ("a", "2"));
        context.Roll();
        context.Manager.CompactDue();
        Assert.Equal(batch, context.Log.AllBatches()[0].Bytes);
        Assert.Equal(2, context.Log.AllBatches()[1..].Records()[0].Offset);
        Assert.Contains(context.Events, e => e.Message.Contains("could not be decoded"));
    }

    [Fact]
    public void A_damaged_log_is_told_of_once_and_left_alone_while_others_are_compacted()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 300 });
        context.Log.Fill(20);
        context.Log.HighWatermark = context.Log.LogEndOffset;
        context.Roll();
        var name = $"{context.LogFolder}/00000000000000000000.log";
        var bytes = context.Memory.ReadAll(name);
        bytes[100] ^= 1;
        context.Memory.WriteAll(name, bytes);
        Assert.Empty(context.Manager.CompactDue());
        Assert.Empty(context.Manager.CompactDue());
        Assert.Single(context.Events, e => e.Level == LogEventLevel.Error && e.Message.Contains("cannot be compacted"));
        Assert.Equal(context.Log.ToString(), Assert.Single(context.Manager.Compaction.Failing).Key);
        Assert.DoesNotContain(".cleaned", context.Memory.ToString());
    }

    [Fact]
    public void Small_segments_are_merged_and_their_snapshots_go()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 1000, MinCleanableDirtyRatio = 0 });
        for (var i = 0; i < 300; i++)
            context.Log.PutAs(KeyedRecords.From(1, i), ($"k{i % 3}", $"{i}"));
        context.Roll();
        var before = context.Log.SegmentCount;
        for (var round = 0; round < 4; round++)
        {
            context.Manager.CompactDue();
            context.Roll();
        }
        Assert.True(before > 20 && context.Log.SegmentCount <= 6, $"{before} to {context.Log.SegmentCount}");
        Assert.True(context.Memory.FilesIn(context.LogFolder).Count(f => f.EndsWith(".snapshot")) <= context.Log.SegmentCount + 1);
        Assert.Equal("299", context.Log.AllRecords().Table()["k2"]);
    }

    [Fact]
    public void A_map_that_is_too_small_for_all_keys_takes_several_runs()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 2000, MinCleanableDirtyRatio = 0 }) { Cleaner = new LogCleanerOptions { DedupeBufferBytes = 40 * OffsetMap.SlotBytes } };
        for (var i = 0; i < 400; i++)
            context.Log.Put(($"k{i % 150}", $"{i}"));
        var table = context.Log.AllRecords().Table();
        context.Roll();
        var reports = context.Manager.CompactDue();
        Assert.True(reports.Count > 3);
        Assert.All(reports, r => Assert.True(r.Keys <= 36 && r.MapBytes <= 960));
        Assert.Equal(table.Count + 1, context.Log.AllRecords().Count);
        table["active"] = "x";
        Assert.Equal(table, context.Log.AllRecords().Table());
    }

    [Fact]
    public void Who_reads_while_the_segment_is_replaced_reads_on()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 500 });
        for (var i = 0; i < 40; i++)
            context.Log.Put(($"k{i % 4}", $"{i}"));
        context.Roll();
        using var records = context.Log.Read(0, 400, 40, minOneBatch: true);
        var before = records.ToArray();
        var headers = context.Log.ReadHeaders(0).GetEnumerator();
        Assert.True(headers.MoveNext());
        context.Manager.CompactDue();
        Assert.Equal(before, records.ToArray());
        Assert.True(headers.MoveNext());
        Assert.Equal(1, headers.Current.BaseOffset);
    }

    [Fact]
    public void A_producer_goes_on_after_all_of_its_records_are_gone_and_the_broker_was_killed()
    {
        using var context = new LogTestContext(Compact);
        context.Log.PutAs(KeyedRecords.From(9, 0), ("a", "1"), ("b", "1"));
        context.Log.PutAs(KeyedRecords.From(9, 2), ("a", "2"), ("b", "2"));
        context.Log.Put(("a", "3"), ("b", "3"));
        context.Roll();
        context.Manager.CompactDue();
        var batches = context.Log.AllBatches();
        // The first is gone; of the last the header is kept, for its sequence numbers.
        Assert.Equal([(2L, 3L, 0, 2), (4L, 5L, 2, -1)], batches.Take(2).Select(b => (b.BaseOffset, b.LastOffset, b.RecordCount, b.BaseSequence)));
        Assert.Equal((-1, Batches.Time + 3), (batches[0].BaseTimestamp, batches[0].MaxTimestamp));

        foreach (var name in context.Memory.FilesIn(context.LogFolder).Where(f => f.EndsWith(".snapshot") || f.EndsWith("index")))
            context.Memory.DeleteFile($"{context.LogFolder}/{name}");
        var log = context.Kill();
        var producers = log.CaptureAsync(log.TakeOver()).Now().Producers;
        Assert.Equal(SequenceCheck.InSequence, producers.Check(KeyedRecordsHeader(6, 9, 4), out _));
        Assert.Equal(SequenceCheck.OutOfOrder, producers.Check(KeyedRecordsHeader(6, 9, 5), out _));
    }

    [Fact]
    public void Aborted_records_go_and_their_marker_after_them()
    {
        using var context = new LogTestContext(Compact with { DeleteRetentionMs = 1000, MinCleanableDirtyRatio = 0 });
        context.Log.Put(("a", "old"));
        context.Log.PutAs(KeyedRecords.From(5, 0, transactional: true), ("a", "aborted"), ("b", "aborted"));
        context.Log.AppendCommitted(Batches.Marker(3, 5, commit: false));
        context.Log.PutAs(KeyedRecords.From(6, 0, transactional: true), ("c", "committed"));
        context.Log.AppendCommitted(Batches.Marker(5, 6, commit: true));
        context.Roll();
        context.Manager.CompactDue();
        Assert.Equal([("a", "old"), ("c", "committed"), ("active", "x")], context.Log.AllRecords().Select(r => (r.Key!, r.Value!)));
        Assert.Equal([0, 2, 3, 4, 5, 6], context.Log.AllBatches().Select(b => b.LastOffset));
        Assert.Equal([(5, 1, 3)], context.Log.AbortedTransactions(0, 6).Select(a => (a.ProducerId, a.FirstOffset, a.LastOffset)));
        Assert.Equal(0, context.Log.AllBatches()[1].RecordCount);

        // Once nothing of the transaction is left its marker has a horizon, and then goes. The producers have expired by then.
        context.Time.Advance(TimeSpan.FromDays(400));
        context.Manager.Tick();
        for (var round = 0; round < 3; round++)
        {
            context.Log.Put(("z", $"{round}"));
            context.Roll();
            context.Manager.CompactDue();
            context.Time.Advance(TimeSpan.FromMilliseconds(1001));
        }
        Assert.Equal([0, 4, 5], context.Log.AllBatches().Take(3).Select(b => b.LastOffset));
        Assert.Empty(context.Log.AbortedTransactions(0, context.Log.LogEndOffset));
        Assert.Equal("committed", context.Log.CommittedRecords().Table()["c"]);
    }

    [Fact]
    public void An_open_transaction_holds_compaction_back()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put(("a", "1"), ("a", "2"));
        context.Log.RollAsync().Now();
        context.Log.PutAs(KeyedRecords.From(5, 0, transactional: true), ("b", "1"), ("b", "2"));
        context.Roll();
        Assert.Equal(2, Assert.Single(context.Manager.CompactDue()).EndOffset);
        context.Log.AppendCommitted(Batches.Marker(context.Log.LogEndOffset, 5, commit: true));
        context.Log.Put(("x", "1"));
        context.Roll();
        Assert.Equal(7, Assert.Single(context.Manager.CompactDue()).EndOffset);
    }

    [Fact]
    public void A_cut_below_what_was_compacted_makes_it_dirty_again_for_a_start_too()
    {
        using var context = new LogTestContext(Compact with { SegmentBytes = 300 });
        for (var i = 0; i < 30; i++)
            context.Log.Put(($"k{i % 5}", $"{i}"));
        context.Roll();
        context.Manager.CompactDue();
        var end = context.Log.TruncateToAsync(context.Log.TakeOver(), 28).Now();
        Assert.True(context.Log.Mutator.FirstDirtyOffset <= end);
        for (var i = 0; i < 10; i++)
            context.Log.Put(("k1", $"again {i}"));
        context.Kill();
        Assert.True(context.Log.Mutator.FirstDirtyOffset <= end);
    }

    [Fact]
    public void Compact_and_delete_does_both()
    {
        using var context = new LogTestContext(Compact with { CleanupPolicy = CleanupPolicy.Compact | CleanupPolicy.Delete, RetentionMs = 3_600_000, SegmentBytes = 500 });
        var now = context.Time.NowMs;
        for (var i = 0; i < 20; i++)
            context.Log.AppendCommitted(KeyedRecords.Batch(i, [($"old{i % 2}", $"{i}")], timestampMs: now));
        context.Log.RollAsync().Now();
        for (var i = 20; i < 40; i++)
            context.Log.AppendCommitted(KeyedRecords.Batch(i, [($"new{i % 2}", $"{i}")], timestampMs: now + 4_000_000));
        context.Roll();
        context.Manager.CompactDue();
        Assert.Equal(5, context.Log.AllRecords().Count);
        context.Time.Advance(TimeSpan.FromMilliseconds(4_000_000));
        context.Manager.Tick();
        Assert.Equal(["new0", "new1", "active"], context.Log.AllRecords().Select(r => r.Key));
    }

    [Fact]
    public void The_background_does_it_from_time_to_time()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put(("a", "1"), ("a", "2"));
        context.Roll();
        context.Manager.Tick();
        Assert.Equal(3, context.Log.AllRecords().Count);
        context.Time.Advance(TimeSpan.FromMilliseconds(15_000));
        context.Manager.Tick();
        Assert.Equal(2, context.Log.AllRecords().Count);
        Assert.Equal(1, context.Manager.Compaction.Runs);
    }

    [Fact]
    public void A_start_knows_how_far_the_log_is_compacted()
    {
        using var context = new LogTestContext(Compact);
        context.Log.Put(("a", "1"), ("a", "2"));
        context.Roll();
        context.Manager.CompactDue();
        context.Kill();
        Assert.Equal(2, context.Log.Mutator.FirstDirtyOffset);
        Assert.Empty(context.Manager.CompactDue());
        context.Memory.WriteAll($"{LogTestContext.Folder}/cleaner-offset-checkpoint", "nonsense"u8);
        context.Kill();
        Assert.Equal(0, context.Log.Mutator.FirstDirtyOffset);
        Assert.Contains(context.Events, e => e.Level == LogEventLevel.Warning && e.Message.Contains("cleaner-offset-checkpoint"));
    }

    private static Segments.BatchHeader KeyedRecordsHeader(long offset, long producerId, int sequence) =>
        new(KeyedRecords.Batch(offset, [("k", "v")], KeyedRecords.From(producerId, sequence)));
}
