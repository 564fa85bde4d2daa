using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Tests.Compaction;

namespace Akka.Broker.Storage.Tests.Scrubbing;

/// <summary>Replicas compact each by itself: what one has dropped must not be mixed with what another still has.</summary>
public sealed class CompactedRepairSpec
{
    private static readonly LogConfig Config = new() { CleanupPolicy = CleanupPolicy.Compact, SegmentBytes = 600, IndexIntervalBytes = 100, RetentionMs = -1 };

    [Fact]
    public void A_segment_that_both_have_compacted_alike_is_repaired_wherever_the_damage_is()
    {
        using var own = Compacted(out var model);
        using var other = Compacted(out _);
        own.Manager.Copies = new MemoryCopies(other.Log);
        var baseOffset = own.Log.Mutator.Contents.Segments[..^1].First(s => s.Size > 200).BaseOffset;
        var path = $"{own.LogFolder}/{baseOffset:D20}.log";
        var sound = Read(own.Memory, path);
        var starts = own.Log.ReadHeaders(baseOffset).Where(h => h.BaseOffset >= baseOffset)
            .Aggregate((At: 0, Starts: new List<int>()), (at, h) => (at.At + h.SizeInBytes, [.. at.Starts, at.At])).Starts;
        for (var position = 0; position < sound.Length; position++)
        {
            // A base offset that moves within a compaction's gap is told by nothing here.
            if (starts.Exists(s => position >= s && position < s + 8))
                continue;
            Flip(own.Memory, path, position, 0x20);
            own.Manager.Scrub();
            Assert.True(sound.AsSpan().SequenceEqual(Read(own.Memory, path)), $"byte {position}: {string.Join(" | ", own.Manager.Scrubbing.Damaged.Values)}");
        }

        Assert.True(own.Manager.Scrubbing.Repaired > 100, own.Memory.ToString());
        model.Check(own.Log);
    }

    [Fact]
    public void From_a_replica_that_has_compacted_less_nothing_is_taken()
    {
        using var own = Compacted(out _);
        using var other = Filled(out _);
        own.Manager.Copies = new MemoryCopies(other.Log);
        var baseOffset = own.Log.Mutator.Contents.Segments[..^1].First(s => s.Size > 200).BaseOffset;
        var path = $"{own.LogFolder}/{baseOffset:D20}.log";
        Flip(own.Memory, path, 40, 4);
        var harmed = Read(own.Memory, path);

        own.Manager.Scrub();

        Assert.Equal(harmed, Read(own.Memory, path));
        Assert.Single(own.Manager.Scrubbing.Damaged);
        Assert.DoesNotContain(".cleaned", own.Memory.ToString());
    }

    private static LogTestContext Compacted(out CompactionModel model)
    {
        var context = Filled(out model);
        Assert.NotEmpty(context.Manager.CompactDue());
        return context;
    }

    private static LogTestContext Filled(out CompactionModel model)
    {
        var context = new LogTestContext(Config);
        model = new CompactionModel(new Random(17));
        for (var i = 0; i < 60; i++)
            model.AppendSome(context);
        context.Log.RollAsync().Now();
        model.AppendSome(context);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        return context;
    }

    private static byte[] Read(MemoryDisk disk, string path)
    {
        using var file = disk.Open(path, DiskFileMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    private static void Flip(MemoryDisk disk, string path, int position, byte mask)
    {
        var value = (byte)(Read(disk, path)[position] ^ mask);
        using var file = disk.Open(path, DiskFileMode.Open);
        file.Write(position, [value]);
    }
}
