using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>A log that notes how far it was synced can tell a tail that a crash has torn from one that has rotted.</summary>
public sealed class SyncedEndSpec
{
    private static readonly LogConfig Noting = new() { FlushMessages = 1, RetentionMs = -1, SegmentBytes = 1500, NotesSyncedEnd = true };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 100)];

    [Theory, MemberData(nameof(Seeds))]
    public void A_lost_machine_leaves_no_log_that_seems_to_have_lost_what_was_synced(int seed)
    {
        var random = new Random(seed);
        using var context = new LogTestContext(Noting, drive: LogWriterDrive.Manual);
        for (var round = 0; round < 5; round++)
        {
            var (answered, epoch) = (0L, round);
            for (var step = random.Next(1, 20); step > 0; step--)
            {
                // Some wait for the writer when the machine is lost.
                if (random.Next(4) > 0)
                    context.Manager.Drain();
                var (log, end) = (context.Log, context.Log.LogEndOffset);
                if (random.Next(6) == 0)
                {
                    var cut = log.TruncateToAsync(log.TakeOver(), random.NextInt64(end + 1));
                    context.Manager.Drain();
                    answered = Math.Min(answered, cut.Now());
                    continue;
                }
                var append = log.AppendAsync(log.TakeOver(), Batches.Of(end, random.Next(1, 4), epoch, valueBytes: random.Next(900)));
                if (random.Next(5) == 0)
                    break;
                context.Manager.Drain();
                answered = append.Now().LogEndOffset;
            }
            var after = context.Crash(random);
            context.Manager.Drain();
            Assert.True(after.LogEndOffset >= answered);
            Assert.True(after.SyncedEnd is null || after.SyncedEnd.Value.Offset <= after.LogEndOffset, $"{after.SyncedEnd} of {after.LogEndOffset}");
            Assert.True(answered == 0 || after.SyncedEnd!.Value.Offset >= answered);
            if (after.SyncedEnd is { Offset: > 0 } noted)
                Assert.Equal(after.LeaderEpochs.EpochOf(noted.Offset - 1), noted.Epoch);
        }
    }

    [Fact]
    public void Each_byte_of_the_last_segment_that_turns_over_shows_in_the_end()
    {
        using var context = new LogTestContext(Noting with { SegmentBytes = 1 << 20 });
        context.Log.Fill(4, recordsEach: 2);
        var (end, disk) = (context.Log.LogEndOffset, context.Memory.Copy());
        var segment = $"{context.LogFolder}/00000000000000000000.log";
        for (var at = 0; at < disk.FileLength(segment); at++)
        {
            var copy = disk.Copy();
            using (var file = copy.Open(segment, DiskFileMode.Open))
            {
                var one = new byte[1];
                file.Read(at, one);
                file.Write(at, [(byte)(one[0] ^ 0x40)]);
            }
            context.Restart(copy);
            Assert.Equal(new SyncedEnd(context.Log.SyncedEnd!.Value.Epoch, end), context.Log.SyncedEnd);
            // A checksum covers neither the base offset, which rises, nor the epoch.
            Assert.True(context.Log.LogEndOffset != end || IsInEpoch(disk, segment, at), $"byte {at}: {context.Log.LogEndOffset}");
        }
    }

    [Fact]
    public void What_was_lost_stays_noted_until_the_log_is_there_again()
    {
        using var context = new LogTestContext(Noting with { SegmentBytes = 1 << 20 });
        context.Log.Fill(4, recordsEach: 2);
        var end = context.Log.LogEndOffset;
        var disk = context.Memory.Copy();
        using (var file = disk.Open($"{context.LogFolder}/00000000000000000000.log", DiskFileMode.Open))
            file.SetLength(file.Length - 1);
        context.Restart(disk);
        Assert.Equal(end - 2, context.Log.LogEndOffset);

        Assert.Equal(end, context.StopAndStart().SyncedEnd!.Value.Offset);
        Assert.True(context.Log.Append(context.Log.TakeOver(), Batches.Of(end - 2, 1, 0)).IsAppended);
        Assert.Equal(end, context.Kill().SyncedEnd!.Value.Offset);
        Assert.True(context.Log.Append(context.Log.TakeOver(), Batches.Of(end - 1, 2, 0)).IsAppended);
        Assert.Equal(end + 1, context.Kill().SyncedEnd!.Value.Offset);
    }

    [Fact]
    public void What_a_killed_process_left_unsynced_is_noted_when_a_new_writer_answers_for_it()
    {
        using var context = new LogTestContext(Noting with { FlushMessages = long.MaxValue });
        context.Log.Fill(3, recordsEach: 1);
        Assert.Null(context.Log.SyncedEnd);
        context.Config = Noting;

        var log = context.Kill();
        log.CaptureAsync(log.TakeOver()).Now();

        Assert.Equal(3, context.Kill().SyncedEnd!.Value.Offset);
    }

    [Fact]
    public void A_log_begun_anew_elsewhere_has_lost_nothing()
    {
        using var context = new LogTestContext(Noting);
        context.Log.Fill(6, recordsEach: 1);
        context.Log.TruncateFullyAndStartAtAsync(context.Log.TakeOver(), 4).Now();

        var log = context.Crash(new Random(1));

        Assert.Equal(4, log.LogEndOffset);
        Assert.Equal(4, log.SyncedEnd!.Value.Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public void One_slot_that_is_damaged_leaves_the_other(int slot)
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("log");
        using (var file = SyncedEndFile.Open(disk, "log"))
        {
            file.Raise(new SyncedEnd(1, 10));
            file.Raise(new SyncedEnd(2, 20));
        }
        using (var raw = disk.Open("log/synced-end", DiskFileMode.Open))
            raw.Write(slot + 10, [0xFF]);

        using var opened = SyncedEndFile.Open(disk, "log");
        Assert.Equal(slot == 0 ? new SyncedEnd(1, 10) : new SyncedEnd(2, 20), opened.End);
        opened.Raise(new SyncedEnd(2, 30));
        using var again = SyncedEndFile.Open(disk, "log");
        Assert.Equal(new SyncedEnd(2, 30), again.End);
    }

    [Fact]
    public void Bytes_of_a_note_are_what_they_have_always_been()
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("log");
        using var file = SyncedEndFile.Open(disk, "log");

        file.Raise(new SyncedEnd(7, 0x123456789));

        Assert.Equal("00000000000000010000000700000001234567893A2EE815", Convert.ToHexString(disk.ReadAll("log/synced-end"), 4096, 24));
    }

    [Fact]
    public void A_full_disk_does_not_stop_a_log_that_has_space()
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("log");
        disk.CapacityBytes = 100;
        using var file = SyncedEndFile.Open(disk, "log");

        file.Raise(new SyncedEnd(1, 10));

        Assert.Null(file.End);
        disk.CapacityBytes = long.MaxValue;
        file.Raise(new SyncedEnd(1, 11));
        Assert.Equal(new SyncedEnd(1, 11), SyncedEndFile.Open(disk, "log").End);
    }

    private static bool IsInEpoch(MemoryDisk disk, string segment, int at)
    {
        ReadOnlyMemory<byte> rest = disk.ReadAll(segment);
        while (Protocol.Records.RecordBatch.TryRead(rest, out var batch) && batch.SizeInBytes <= at)
            (rest, at) = (rest[batch.SizeInBytes..], at - batch.SizeInBytes);
        return at is >= 12 and < 16;
    }
}
