using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>Damage of each kind, found and repaired.</summary>
public sealed class ScrubSpec
{
    [Fact]
    public void A_sound_log_is_read_and_left_alone()
    {
        using var context = new ScrubTestContext().Filled();
        var files = context.Disk.ToString();

        context.Own.Manager.Scrub();

        Assert.Equal(files, context.Disk.ToString());
        Assert.Empty(context.Own.Events);
        var totals = context.Own.Manager.Scrubbing;
        var closed = context.Log.Mutator.Contents.Segments[..^1].Sum(s => s.Size);
        Assert.Equal((1L, (long)closed, 0L, 0), (totals.Rounds, totals.BytesRead, totals.Repaired, totals.Damaged.Count));
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x80)]
    public void A_bit_that_turned_over_anywhere_in_a_closed_segment_is_found_and_repaired(byte mask)
    {
        using var context = new ScrubTestContext().Filled();
        var sound = context.Read(context.FirstSegment);

        for (var position = 0; position < sound.Length; position++)
        {
            context.Own.Events.Clear();
            context.Flip(context.FirstSegment, position, mask);
            context.Own.Manager.Scrub();

            Assert.True(sound.AsSpan().SequenceEqual(context.Read(context.FirstSegment)), $"byte {position}: {string.Join(" | ", context.Own.Events.Select(e => e.Message))}");
            Assert.Contains("is damaged at byte", Assert.Single(context.Errors).Message);
            Assert.Contains("from broker 2", Assert.Single(context.Own.Events, e => e.Level == LogEventLevel.Warning).Message);
        }

        Assert.Equal((sound.Length, 0), (context.Own.Manager.Scrubbing.Repaired, context.Own.Manager.Scrubbing.Damaged.Count));
        context.CheckReads();
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    [InlineData(".txnindex")]
    public void Lookups_are_right_again_after_any_bit_of_an_index_turned_over(string extension)
    {
        using var context = new ScrubTestContext().Filled();
        // The first aborted transaction's marker is in a later segment.
        var baseOffset = context.Log.Mutator.Contents.Segments[..^1].First(s => context.Disk.FileLength(context.PathOf(extension, s.BaseOffset)) > 0).BaseOffset;
        var path = context.PathOf(extension, baseOffset);
        var length = context.Read(path).Length;
        Assert.NotEqual(0, length);

        for (var position = 0; position < length; position++)
        {
            foreach (var mask in (byte[])[0x01, 0x10, 0x80])
            {
                context.Flip(path, position, mask);
                context.Own.Manager.Scrub();
                // An entry that leads to an earlier place than need be, or names another first offset of an abort that is there, is no harm, or is not told from a sound one.
                if (extension == ".txnindex" && context.Own.Events.Count == 0)
                    context.Flip(path, position, mask);
                else
                    context.CheckReads();
                context.Own.Events.Clear();
            }
        }

        Assert.Empty(context.Errors);
        Assert.Empty(context.Own.Manager.Scrubbing.Damaged);
    }

    [Fact]
    public void A_hole_over_several_batches_is_filled()
    {
        using var context = new ScrubTestContext().Filled();
        var sound = context.Read(context.FirstSegment);
        context.Write(context.FirstSegment, 100, new byte[250]);

        context.Own.Manager.Scrub();

        Assert.Equal(sound, context.Read(context.FirstSegment));
        context.CheckReads();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(400)]
    public void A_closed_segment_that_lost_its_end_gets_it_back(int bytes)
    {
        using var context = new ScrubTestContext().Filled();
        var sound = context.Read(context.FirstSegment);
        context.Own.Manager.CloseCleanlyAsync().Now();
        context.Own.Restart(context.Disk.Copy());
        context.Shorten(context.FirstSegment, bytes);
        context.Log.HighWatermark = context.Log.LogEndOffset;
        context.Own.Manager.Copies = new MemoryCopies(context.Other.Log);

        context.Own.Manager.Scrub();

        Assert.Equal(sound, context.Read(context.FirstSegment));
        context.CheckReads();
    }

    [Fact]
    public void Bytes_that_the_disk_does_not_give_are_written_anew()
    {
        using var context = new ScrubTestContext();
        var faulty = new FaultyDisk(context.Disk);
        context.Own.Disk = faulty;
        context.Filled();
        faulty.Fault = (operation, path) => operation == DiskOperation.Read && path == context.FirstSegment ? new IOException("bad sector") : null;

        context.Own.Manager.Scrub();
        faulty.Fault = null;

        Assert.Contains("bad sector", Assert.Single(context.Errors).Message);
        Assert.Equal(1, context.Own.Manager.Scrubbing.Repaired);
        context.CheckReads();
    }

    [Fact]
    public void Without_another_replica_nothing_is_changed_and_it_is_tried_again_when_there_is_one()
    {
        using var context = new ScrubTestContext(isEnabled: true).Filled();
        context.Own.Manager.Copies = new MemoryCopies();
        var sound = context.Read(context.FirstSegment);
        context.Flip(context.FirstSegment, 70, 4);
        var harmed = context.Read(context.FirstSegment);

        context.Own.Manager.Scrub();
        context.Own.Manager.Scrub();

        Assert.Equal(harmed, context.Read(context.FirstSegment));
        Assert.Equal(2, context.Errors.Count);
        Assert.Contains("stays damaged, and its repair is tried again: no other replica is in sync", context.Errors[1].Message);
        Assert.Single(context.Own.Manager.Scrubbing.Damaged);

        context.Own.Manager.Copies = new MemoryCopies(context.Other.Log);
        context.Own.Time.Advance(TimeSpan.FromMinutes(1));
        context.Own.Manager.Tick();
        Assert.Equal(sound, context.Read(context.FirstSegment));
        Assert.Empty(context.Own.Manager.Scrubbing.Damaged);
    }

    [Fact]
    public void A_replica_that_is_damaged_itself_or_has_something_else_is_not_believed_and_the_next_is_asked()
    {
        using var context = new ScrubTestContext().Filled();
        using var third = new LogTestContext(ScrubTestContext.Plain);
        third.Log.Fill(60, 3, valueBytes: 11);
        var sound = context.Read(context.FirstSegment);
        context.Flip(context.FirstSegment, 70, 4);

        var others = new MemoryCopies(third.Log);
        context.Own.Manager.Copies = others;
        context.Own.Manager.Scrub();
        Assert.Single(context.Own.Manager.Scrubbing.Damaged);

        var damaged = new MemoryCopies(context.Other.Log) { OnRead = bytes => { bytes[70] ^= 8; return bytes; } };
        context.Own.Manager.Copies = damaged;
        context.Own.Manager.Scrub();
        Assert.Contains("damaged at broker 2, too", Assert.Single(context.Own.Manager.Scrubbing.Damaged).Value);

        var both = new MemoryCopies(third.Log, context.Other.Log);
        context.Own.Manager.Copies = both;
        context.Own.Manager.Scrub();
        Assert.Equal(sound, context.Read(context.FirstSegment));
        Assert.Equal((0, 0, 0), (others.Open, damaged.Open, both.Open));
        Assert.DoesNotContain(".cleaned", context.Disk.ToString());
        context.CheckReads();
    }

    [Fact]
    public void What_is_not_committed_is_not_looked_at_and_not_replaced()
    {
        using var context = new ScrubTestContext().Filled();
        context.Log.HighWatermark = 2;
        context.Flip(context.FirstSegment, 70, 4);

        context.Own.Manager.Scrub();
        Assert.Equal(0, context.Own.Manager.Scrubbing.BytesRead);
        context.Own.Manager.Suspect(context.Log, 1);
        context.Own.Manager.Scrub();

        Assert.Contains("not committed yet", Assert.Single(context.Own.Manager.Scrubbing.Damaged).Value);
        context.Log.HighWatermark = context.Log.LogEndOffset;
        context.Own.Manager.Scrub();
        Assert.Empty(context.Own.Manager.Scrubbing.Damaged);
        context.CheckReads();
    }

    [Fact]
    public void Rounds_begin_a_minute_after_the_start_and_then_at_their_interval()
    {
        using var context = new ScrubTestContext(isEnabled: true).Filled();
        context.Own.Manager.Tick();
        Assert.Equal(0, context.Own.Manager.Scrubbing.Rounds);
        context.Own.Time.Advance(TimeSpan.FromMinutes(1));
        context.Own.Manager.Tick();
        context.Own.Manager.Tick();
        Assert.Equal(1, context.Own.Manager.Scrubbing.Rounds);
        context.Own.Time.Advance(TimeSpan.FromDays(7));
        context.Own.Manager.Tick();
        Assert.Equal(2, context.Own.Manager.Scrubbing.Rounds);
    }
}
