using Akka.Broker.Protocol.Records;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

public sealed class RecoverySpec
{
    private static readonly LogConfig Small = new() { SegmentBytes = 1500, IndexIntervalBytes = 200 };

    [Fact]
    public void A_log_is_cut_to_whole_batches_wherever_its_file_ends()
    {
        using var origin = Written(out var batches);
        var path = $"{origin.LogFolder}/{Last(origin)}";
        var size = (int)origin.Memory.FileLength(path);
        for (var length = size; length >= 0; length--)
        {
            using var context = new LogTestContext(Small, origin.Memory.Copy());
            using (var file = context.Memory.Open(path, DiskFileMode.Open))
                file.SetLength(length);

            var log = context.Log;
            Assert.Equal(Whole(batches, size - length), log.ReadAll());
            Assert.Equal(batches.Count - Batches.Split(log.ReadAll()).Count > 0 && !EndsBatch(batches, size - length), context.Events.Exists(e => e.Message.Contains("Cut ")));
            log.Fill(3);
            Assert.Equal(log.LogEndOffset, context.Kill().LogEndOffset);
        }
    }

    [Fact]
    public void A_log_is_cut_before_a_batch_with_a_flipped_bit_wherever_it_is()
    {
        using var origin = Written(out var batches);
        var path = $"{origin.LogFolder}/{Last(origin)}";
        var bytes = origin.Memory.ReadAll(path);
        var intact = batches.Sum(b => b.SizeInBytes) - bytes.Length;
        for (var at = 0; at < bytes.Length; at++)
        {
            var bit = at % 8;
            using var context = new LogTestContext(Small, origin.Memory.Copy());
            bytes[at] ^= (byte)(1 << bit);
            context.Memory.WriteAll(path, bytes);
            bytes[at] ^= (byte)(1 << bit);

            var log = context.Log;
            var read = log.ReadAll();
            var expected = ExpectedBehindFlip(batches, intact + at, bit);
            Assert.True(expected.Exists(e => e.AsSpan().SequenceEqual(read)), $"byte {at}: {read.Length} bytes are left");
            var end = log.LogEndOffset;
            log.Fill(1);
            Assert.Equal(end + 1, context.Kill().LogEndOffset);
        }
    }

    [Fact]
    public void Segments_behind_a_damaged_one_are_deleted()
    {
        using var context = Written(out var batches);
        var first = $"{context.LogFolder}/{LogFileNames.Of(0, ".log")}";
        var bytes = context.Memory.ReadAll(first);
        bytes[^1] ^= 1;
        context.Memory.WriteAll(first, bytes);

        var log = context.Kill();
        var kept = Batches.Split(bytes).Count - 1;
        Assert.Equal(batches[kept - 1].NextOffset, log.LogEndOffset);
        Assert.Equal(1, log.SegmentCount);
        Assert.Contains(context.Events, e => e.Message.Contains("lies behind the cut"));
    }

    [Fact]
    public void What_lies_before_the_recovery_point_is_not_scanned()
    {
        using var context = Written(out _);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        var first = $"{context.LogFolder}/{LogFileNames.Of(0, ".log")}";
        var bytes = context.Memory.ReadAll(first);
        bytes[^1] ^= 1;
        context.Memory.WriteAll(first, bytes);
        var before = context.Log.LogEndOffset;
        context.Log.Fill(1);

        var copy = context.Memory.Copy();
        context.Restart(copy);
        Assert.Equal(before + 1, context.Log.LogEndOffset);
        Assert.True(copy.BytesRead < 6000, $"{copy.BytesRead} bytes were read");
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public void Indexes_that_are_missing_or_damaged_are_made_again(string extension)
    {
        using var context = Written(out _);
        context.Manager.CloseCleanlyAsync().Now();
        var path = $"{context.LogFolder}/{LogFileNames.Of(0, extension)}";
        var whole = context.Memory.ReadAll(path);
        Assert.NotEmpty(whole);
        byte[]?[] damages = [null, whole[..^1], [.. whole, .. new byte[whole.Length * 4]], new byte[24], Enumerable.Repeat((byte)0xff, 24).ToArray()];
        foreach (var damage in damages)
        {
            using var after = new LogTestContext(Small, context.Memory.Copy());
            if (damage is null)
                after.Memory.DeleteFile(path);
            else
                after.Memory.WriteAll(path, damage);
            after.Log.Fill(1);
            after.Manager.CloseCleanlyAsync().Now();
            Assert.Equal(whole, after.Memory.ReadAll(path));
            Assert.Contains(after.Events, e => e.Message.Contains("made again"));
        }
    }

    [Fact]
    public void A_clean_stop_needs_no_records_at_the_next_start()
    {
        using var context = new LogTestContext(new LogConfig { SegmentBytes = 200_000 });
        context.Log.Fill(300, recordsEach: 1, valueBytes: 5000);
        context.Manager.CloseCleanlyAsync().Now();
        var disk = context.Memory.Copy();
        context.Restart(disk);
        var end = context.Log.LogEndOffset;
        Assert.Equal(300, end);
        Assert.True(context.Manager.WasCleanStop);
        Assert.True(disk.BytesRead < 10_000, $"{disk.BytesRead} bytes were read of {context.Log.SizeInBytes}");
        Assert.Empty(context.Events);
    }

    [Fact]
    public void A_clean_stops_mark_names_the_life_that_left_it()
    {
        using var context = new LogTestContext();
        Assert.Equal(-1, context.Manager.CleanStopEpoch);
        context.Manager.CloseCleanlyAsync(brokerEpoch: 7).Now();
        context.Restart(context.Memory.Copy());
        Assert.Equal(7, context.Manager.CleanStopEpoch);
        // This life was never part of the cluster.
        context.StopAndStart();
        Assert.Equal(7, context.Manager.CleanStopEpoch);
        context.Kill();
        Assert.Equal(-1, context.Manager.CleanStopEpoch);
        context.StopAndStart();
        Assert.True(context.Manager.WasCleanStop);
        Assert.Equal(-1, context.Manager.CleanStopEpoch);
    }

    [Fact]
    public void A_folder_that_joins_others_has_no_mark_of_their_life()
    {
        using var context = new LogTestContext();
        context.Manager.CloseCleanlyAsync(brokerEpoch: 7).Now();
        context.Restart(context.Memory.Copy());
        using var manager = LogManager.Open(context.Options(LogTestContext.Folder, "/other") with { Random = new Random(9) });
        Assert.True(manager.WasCleanStop);
        Assert.Equal(-1, manager.CleanStopEpoch);
    }

    [Fact]
    public void The_mark_of_a_clean_stop_holds_for_one_start_only()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3);
        context.StopAndStart();
        Assert.True(context.Manager.WasCleanStop);
        context.Kill();
        Assert.False(context.Manager.WasCleanStop);
    }

    [Fact]
    public void Messages_of_the_old_format_are_refused_and_not_cut()
    {
        using var context = new LogTestContext();
        // Format 1: offset 0, size 22, CRC32 (IEEE) of the rest, magic 1, attributes 0, timestamp 5, key null, value null.
        byte[] message =
        [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 22, 0x86, 0xb8, 0x3c, 0x96, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ];
        var path = $"{context.LogFolder}/{LogFileNames.Of(0, ".log")}";
        context.Memory.WriteAll(path, message);

        Assert.Null(context.Manager.Get(LogTestContext.Partition.TopicPartition));
        Assert.IsType<UnsupportedMessageFormatException>(context.Manager.Offline[LogTestContext.Partition.TopicPartition]);
        Assert.Throws<LogFailedException>(() => context.Log);
        Assert.Equal(message, context.Memory.ReadAll(path));
    }

    private static LogTestContext Written(out List<RecordBatch> batches)
    {
        var context = new LogTestContext(Small);
        var log = context.Log;
        log.Fill(12, recordsEach: 3);
        log.Append(log.TakeOver(), Batches.Idempotent(log.LogEndOffset, 7, 0, 3, transactional: true, epoch: 1));
        log.Append(log.TakeOver(), Batches.Marker(log.LogEndOffset, 7, commit: false, epoch: 1));
        log.Fill(4, recordsEach: 2, epoch: 2);
        Assert.True(log.SegmentCount > 1);
        batches = Batches.Split(log.ReadAll());
        return context;
    }

    private static string Last(LogTestContext context) => context.Memory.FilesIn(context.LogFolder).Last(n => n.EndsWith(".log", StringComparison.Ordinal));

    private static byte[] Whole(List<RecordBatch> batches, int cutBytes)
    {
        var left = batches.Sum(b => b.SizeInBytes) - cutBytes;
        return [.. batches.TakeWhile(b => (left -= b.SizeInBytes) >= 0).SelectMany(b => b.Bytes.ToArray())];
    }

    private static bool EndsBatch(List<RecordBatch> batches, int cutBytes)
    {
        var left = batches.Sum(b => b.SizeInBytes) - cutBytes;
        foreach (var batch in batches)
        {
            if (left == 0)
                break;
            left -= batch.SizeInBytes;
        }
        return left == 0;
    }

    /// <summary>
    /// The batches before the one that holds the byte. A flip in a base offset or epoch, which no checksum covers, may also be let through.
    /// </summary>
    private static List<byte[]> ExpectedBehindFlip(List<RecordBatch> batches, int at, int bit)
    {
        var position = 0;
        var before = new List<RecordBatch>();
        foreach (var batch in batches)
        {
            if (at < position + batch.SizeInBytes)
                break;
            position += batch.SizeInBytes;
            before.Add(batch);
        }
        var expected = new List<byte[]> { Batches.Join([.. before.Select(b => b.Bytes.ToArray())]) };
        if (at - position is < 8 or (>= 12 and < 16))
        {
            var whole = Batches.Join([.. batches.Select(b => b.Bytes.ToArray())]);
            whole[at] ^= (byte)(1 << bit);
            for (var count = before.Count + 1; count <= batches.Count; count++)
                expected.Add(whole[..batches.Take(count).Sum(b => b.SizeInBytes)]);
        }
        return expected;
    }
}
