using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

public sealed class KafkaFilesSpec
{
    private static readonly LogConfig FixtureConfig = new() { SegmentBytes = 65536, IndexIntervalBytes = 512, RetentionMs = -1 };

    public static TheoryData<string> Folders => [.. KafkaFiles.Folders];

    [SkippableTheory, MemberData(nameof(Folders))]
    public void A_folder_of_Kafkas_holds_what_its_dump_says(string folder)
    {
        using var context = Open(folder, out var log);
        var dumped = KafkaFiles.Dump(folder);
        var batches = Batches.Split(log.ReadAll());

        Assert.Equal(dumped.Count, batches.Count);
        for (var i = 0; i < batches.Count; i++)
        {
            var (theirs, ours) = (dumped[i], batches[i]);
            Assert.Equal(theirs.Number("baseOffset"), ours.BaseOffset);
            Assert.Equal(theirs.Number("lastOffset"), ours.LastOffset);
            Assert.Equal(theirs.Number("count"), ours.RecordCount);
            Assert.Equal(theirs.Number("baseSequence"), ours.BaseSequence);
            Assert.Equal(theirs.Number("lastSequence"), ours.LastSequence);
            Assert.Equal(theirs.Number("producerId"), ours.ProducerId);
            Assert.Equal(theirs.Number("producerEpoch"), ours.ProducerEpoch);
            Assert.Equal(theirs.Number("partitionLeaderEpoch"), ours.PartitionLeaderEpoch);
            Assert.Equal(theirs.Fields["isTransactional"], ours.IsTransactional ? "true" : "false");
            Assert.Equal(theirs.Fields["isControl"], ours.IsControl ? "true" : "false");
            Assert.Equal(theirs.Number(ours.TimestampType.ToString()), ours.MaxTimestamp);
            Assert.Equal(theirs.Number("size"), ours.SizeInBytes);
            Assert.Equal(theirs.Fields["compresscodec"], ours.Compression.ToString().ToUpperInvariant());
            Assert.Equal(theirs.Number("crc"), ours.Crc);
            Assert.True(ours.HasValidCrc);
            CompareRecords(theirs, ours);
        }
        Assert.DoesNotContain(context.Events, e => e.Level >= LogEventLevel.Warning);
    }

    [SkippableTheory, MemberData(nameof(Folders))]
    public void Headers_are_read_without_the_payloads(string folder)
    {
        using var context = Open(folder, out var log);
        var headers = log.ReadHeaders(0).ToList();
        Assert.Equal(KafkaFiles.Dump(folder).Select(b => b.Number("baseOffset")), headers.Select(h => h.BaseOffset));
        Assert.Equal(log.LogEndOffset, headers[^1].NextOffset);
    }

    [SkippableTheory, MemberData(nameof(Folders))]
    public void Index_files_made_from_the_records_alone_are_Kafkas_byte_for_byte(string folder)
    {
        KafkaFiles.Require();
        using var context = new LogTestContext(FixtureConfig);
        var target = $"{LogTestContext.Folder}/{folder}";
        KafkaFiles.CopyTo(folder, context.Memory, target);
        var theirs = context.Memory.FilesIn(target).ToDictionary(n => n, n => context.Memory.ReadAll($"{target}/{n}"));
        foreach (var name in theirs.Keys.Where(n => !n.EndsWith(".log", StringComparison.Ordinal)))
            context.Memory.DeleteFile($"{target}/{name}");

        var log = context.Manager.Get(Partition(folder))!;
        context.Manager.CloseCleanlyAsync().Now();

        foreach (var (name, bytes) in theirs)
            Assert.True(bytes.AsSpan().SequenceEqual(AsKafkaWritesIt(name, context.Memory.ReadAll($"{target}/{name}"))), $"{name} of {folder} differs");
        Assert.Equal(theirs.Keys, context.Memory.FilesIn(target));
        Assert.Equal(log.LogEndOffset, theirs.Keys.Where(n => n.EndsWith(".snapshot", StringComparison.Ordinal)).Max(n => long.Parse(n[..20])));
    }

    /// <summary>A snapshot of a stop has older batches of producers too, in entries of their own.</summary>
    private static byte[] AsKafkaWritesIt(string name, byte[] bytes) =>
        name.EndsWith(".snapshot", StringComparison.Ordinal) ? ProducerSnapshot.Encode(ProducerSnapshot.TryDecode(bytes)!, hasAllBatches: false) : bytes;

    [SkippableTheory, MemberData(nameof(Folders))]
    public void A_clean_folder_of_Kafkas_is_opened_and_closed_without_a_change(string folder)
    {
        KafkaFiles.Require();
        using var context = new LogTestContext(FixtureConfig);
        var target = $"{LogTestContext.Folder}/{folder}";
        KafkaFiles.CopyTo(folder, context.Memory, target);
        context.Memory.WriteAll($"{LogTestContext.Folder}/.kafka_cleanshutdown", []);
        var theirs = context.Memory.FilesIn(target).ToDictionary(n => n, n => context.Memory.ReadAll($"{target}/{n}"));

        Assert.NotNull(context.Manager.Get(Partition(folder)));
        context.Manager.CloseCleanlyAsync().Now();

        Assert.Equal(theirs.Keys, context.Memory.FilesIn(target));
        foreach (var (name, bytes) in theirs)
            Assert.Equal(bytes, context.Memory.ReadAll($"{target}/{name}"));
        Assert.Empty(context.Events);
    }

    [SkippableTheory, MemberData(nameof(Folders))]
    public void A_folder_of_Kafkas_is_appended_to_and_found_again(string folder)
    {
        using var context = Open(folder, out var log);
        var before = log.ReadAll();
        var id = new TopicIdPartition(Guid.NewGuid(), log.Id.Topic, log.Id.Partition);
        Assert.Same(log, context.Manager.GetOrCreate(id, FixtureConfig));

        var batch = Batches.Of(log.LogEndOffset, 5, epoch: 1);
        var end = log.Append(log.TakeOver(), batch).LogEndOffset;
        Assert.Equal(Batches.Join(before, batch), log.ReadAll());

        context.Restart(context.Memory.Copy());
        var again = context.Manager.GetOrCreate(id, FixtureConfig);
        Assert.Equal(id, again.Id);
        Assert.Equal(end, again.LogEndOffset);
        Assert.Equal(Batches.Join(before, batch), again.ReadAll());
        Assert.Equal(1, again.LeaderEpochs.LatestEpoch);
    }

    [SkippableFact]
    public void Kafkas_transactions_are_known_by_their_outcome()
    {
        using var context = Open("fx-transactions-0", out var log);
        AbortedTransaction[] aborted =
            [new(1, 8, 12, 13), new(1, 28, 33, 34), new(1, 49, 51, 52), new(1, 66, 73, 74)];
        Assert.Equal(aborted, log.AbortedTransactions(0, log.LogEndOffset));
        Assert.Equal(aborted[1..2], log.AbortedTransactions(30, 40));
        Assert.Empty(log.AbortedTransactions(14, 20));
        Assert.Equal(log.LogEndOffset, log.LastStableOffset(log.LogEndOffset));
    }

    [SkippableTheory, MemberData(nameof(Folders))]
    public void A_record_is_found_by_its_time(string folder)
    {
        using var context = Open(folder, out var log);
        var records = KafkaFiles.Dump(folder).SelectMany(b => b.Records)
            .Select(r => (Offset: long.Parse(r["offset"]), Time: long.Parse(r.GetValueOrDefault("CreateTime") ?? r["LogAppendTime"]))).ToList();
        foreach (var (_, time) in records)
        {
            var first = records.First(r => r.Time >= time);
            Assert.Equal(new TimestampedOffset(first.Time, first.Offset, 0), log.OffsetForTimestamp(time));
        }
        Assert.Null(log.OffsetForTimestamp(records.Max(r => r.Time) + 1));
        var max = records.First(r => r.Time == records.Max(m => m.Time));
        Assert.Equal(new TimestampedOffset(max.Time, max.Offset, 0), log.MaxTimestampOffset());
    }

    private static LogTestContext Open(string folder, out PartitionLog log)
    {
        KafkaFiles.Require();
        var context = new LogTestContext(FixtureConfig);
        KafkaFiles.CopyTo(folder, context.Memory, $"{LogTestContext.Folder}/{folder}");
        log = context.Manager.Get(Partition(folder))!;
        return context;
    }

    private static TopicPartition Partition(string folder) => new(folder[..^2], 0);

    private static void CompareRecords(DumpedBatch theirs, RecordBatch ours)
    {
        using var payload = RecordBatchReader.Decompress(ours, 1 << 20);
        var i = 0;
        foreach (var record in payload.Records)
        {
            var fields = theirs.Records[i++];
            Assert.Equal(fields["offset"], record.Offset.ToString());
            Assert.Equal(fields["keysize"], (record.Key.IsNull ? -1 : record.Key.Span.Length).ToString());
            Assert.Equal(fields["valuesize"], (record.Value.IsNull ? -1 : record.Value.Span.Length).ToString());
        }
        Assert.Equal(theirs.Records.Count, i);
    }
}
