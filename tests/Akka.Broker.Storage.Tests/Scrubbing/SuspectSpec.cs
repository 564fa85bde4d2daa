using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>Damage that somebody meets while reading.</summary>
public sealed class SuspectSpec
{
    [Fact]
    public void A_reader_is_refused_where_headers_end_and_not_sent_on_behind_the_damage()
    {
        using var context = new ScrubTestContext(isEnabled: true).Filled();
        var end = context.Log.LogEndOffset;
        context.Flip(context.FirstSegment, 8, 0x40);

        Assert.Throws<CorruptFileException>(() => context.Log.Read(0, 1000, end, minOneBatch: true));
        Assert.Throws<CorruptFileException>(() => context.Log.ReadHeaders(0).Count());
        Assert.Throws<CorruptFileException>(() => context.Log.OffsetForTimestamp(0));
        context.Own.Manager.Tick();

        Assert.Equal(1, context.Own.Manager.Scrubbing.Repaired);
        context.CheckReads();
    }

    [Fact]
    public void Damage_in_the_segment_that_is_appended_to_is_repaired_behind_a_roll()
    {
        using var context = new ScrubTestContext(LogConfig.Default, isEnabled: true).Filled();
        var segments = context.Log.SegmentCount;
        context.Flip(context.FirstSegment, 8, 0x40);

        Assert.Throws<CorruptFileException>(() => context.Log.Read(0, 1000, context.Log.LogEndOffset, minOneBatch: true));
        context.Own.Manager.Tick();

        Assert.Equal((1, 2), (segments, context.Log.SegmentCount));
        Assert.Equal(1, context.Own.Manager.Scrubbing.Repaired);
        context.CheckReads();
        context.Log.Fill(1, epoch: 5);
    }

    [Fact]
    public void A_bad_sector_in_a_closed_segment_is_made_good_from_a_replica_and_takes_nothing_offline()
    {
        using var context = new ScrubTestContext(isEnabled: true);
        var disk = new FaultyDisk(context.Disk);
        context.Own.Disk = disk;
        context.Filled();
        var end = context.Log.LogEndOffset;
        disk.Fault = (operation, path) => operation == DiskOperation.Read && path == context.FirstSegment ? new IOException("bad sector") : null;

        Assert.Throws<IOException>(() => context.Log.Read(0, 1000, end, minOneBatch: true));
        context.Own.Manager.Tick();
        disk.Fault = null;

        Assert.Null(context.Log.Failure);
        Assert.DoesNotContain(context.Own.Manager.Folders, f => f.IsOffline);
        Assert.Equal(1, context.Own.Manager.Scrubbing.Repaired);
        context.CheckReads();
    }

    [Fact]
    public void A_compaction_that_meets_damage_goes_on_when_it_is_repaired()
    {
        using var context = new ScrubTestContext(ScrubTestContext.Plain with { CleanupPolicy = CleanupPolicy.Compact, MinCleanableDirtyRatio = 0 }, isEnabled: true).Filled();
        context.Flip(context.FirstSegment, 70, 4);

        Assert.Empty(context.Own.Manager.CompactDue());
        Assert.Single(context.Own.Manager.Compaction.Failing);
        context.Own.Manager.Tick();

        Assert.Equal(1, context.Own.Manager.Scrubbing.Repaired);
        Assert.Empty(context.Own.Manager.Compaction.Failing);
        Assert.NotEmpty(context.Own.Manager.CompactDue());
    }

    [Fact]
    public void A_cut_behind_damage_leaves_whole_batches_only()
    {
        using var context = new ScrubTestContext(LogConfig.Default).Filled();
        var headers = context.Log.ReadHeaders(0).ToList();
        var position = headers[..5].Sum(h => h.SizeInBytes);
        context.Flip(context.FirstSegment, position + 16, 0x40);

        var end = context.Log.TruncateToAsync(context.Log.TakeOver(), headers[20].BaseOffset).Now();

        Assert.Equal(headers[5].BaseOffset, end);
        Assert.Equal(position, context.Disk.FileLength(context.FirstSegment));
        context.Log.Fill(3, epoch: 9);
    }
}
