using Akka.Broker.Storage.Epochs;

namespace Akka.Broker.Storage.Tests;

public sealed class LeaderEpochCacheSpec
{
    private static readonly EpochStart[] Entries = [new(2, 10), new(4, 20), new(5, 30)];

    // epoch asked for, answered epoch, answered end, in a log that ends at 42
    [Theory]
    [InlineData(-1, -1, -1)]
    [InlineData(0, 0, 10)]
    [InlineData(1, 1, 10)]
    [InlineData(2, 2, 20)]
    [InlineData(3, 2, 20)]
    [InlineData(4, 4, 30)]
    [InlineData(5, 5, 42)]
    [InlineData(6, -1, -1)]
    public void The_end_of_an_epoch_is_the_start_of_the_next(int asked, int epoch, long end) =>
        Assert.Equal(new EpochEnd(epoch, end), new LeaderEpochCache(Entries).EndOffsetFor(asked, 42));

    [Fact]
    public void Without_entries_nothing_is_known()
    {
        var cache = new LeaderEpochCache([]);
        Assert.Equal(EpochEnd.Unknown, cache.EndOffsetFor(0, 42));
        Assert.Equal(-1, cache.LatestEpoch);
        Assert.Equal(-1, cache.EpochOf(7));
    }

    [Theory]
    [InlineData(5, -1)]
    [InlineData(10, 2)]
    [InlineData(29, 4)]
    [InlineData(30, 5)]
    [InlineData(1000, 5)]
    public void The_epoch_of_an_offset_is_the_last_that_began(long offset, int epoch) => Assert.Equal(epoch, new LeaderEpochCache(Entries).EpochOf(offset));

    [Fact]
    public void Only_newer_epochs_are_assigned()
    {
        var cache = new LeaderEpochCache(Entries);
        cache.Assign(5, 35);
        cache.Assign(3, 35);
        cache.Assign(-1, 35);
        Assert.False(cache.IsDirty);
        cache.Assign(9, 35);
        Assert.True(cache.IsDirty);
        Assert.Equal([.. Entries, new(9, 35)], cache.Entries);
        Assert.Throws<InvariantViolatedException>(() => cache.Assign(10, 34));
    }

    [Fact]
    public void Cutting_the_end_forgets_what_began_behind_it()
    {
        var cache = new LeaderEpochCache(Entries);
        cache.TruncateFromEnd(31);
        Assert.Equal(Entries, cache.Entries);
        cache.TruncateFromEnd(30);
        Assert.Equal(Entries[..2], cache.Entries);
        cache.TruncateFromEnd(0);
        Assert.Empty(cache.Entries);
    }

    [Fact]
    public void Cutting_the_start_lets_the_epoch_begin_there_that_holds_it()
    {
        var cache = new LeaderEpochCache(Entries);
        cache.TruncateFromStart(10);
        Assert.Equal(Entries, cache.Entries);
        cache.TruncateFromStart(25);
        Assert.Equal([new(4, 25), new(5, 30)], cache.Entries);
        cache.TruncateFromStart(100);
        Assert.Equal([new(5, 100)], cache.Entries);
    }

    [Fact]
    public void A_leaders_epoch_is_noted_before_its_first_append_and_written_with_the_checkpoint()
    {
        using var context = new LogTestContext();
        context.Log.Fill(3, epoch: 1);
        context.Log.AssignEpochAsync(context.Log.TakeOver(), 4).Now();
        Assert.Equal([new(1, 0), new(4, 3)], context.Log.LeaderEpochs.Entries);
        context.Log.Fill(2, epoch: 4);
        context.Log.Fill(1, epoch: 5);
        context.Manager.CheckpointAsync(syncAll: true).Now();
        Assert.Equal("0\n3\n1 0\n4 3\n5 5\n"u8.ToArray(), context.Memory.ReadAll($"{context.LogFolder}/leader-epoch-checkpoint"));
        Assert.Equal([new(1, 0), new(4, 3), new(5, 5)], context.Kill().LeaderEpochs.Entries);
    }
}
