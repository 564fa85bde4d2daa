using Akka.Broker.Client.Producing;

namespace Akka.Broker.Client.Tests.Producer;

public sealed class StickyPartitionerSpec
{
    private readonly StickyPartitioner _sticky = new(1000, new Random(5));

    [Fact]
    public void Nobody_is_drawn_without_partitions() => Assert.Equal(-1, _sticky.Current);

    [Fact]
    public void Partition_stays_until_a_batch_of_bytes_went_there()
    {
        _sticky.SetPartitions([.. Enumerable.Range(0, 100)]);
        var first = _sticky.Current;
        _sticky.Added(first, 999);
        Assert.Equal(first, _sticky.Current);
        _sticky.Added(first, 1);
        Assert.NotEqual(first, _sticky.Current);
    }

    [Fact]
    public void Partition_changes_when_its_batch_was_sent_and_another_s_does_not_matter()
    {
        _sticky.SetPartitions([.. Enumerable.Range(0, 100)]);
        var first = _sticky.Current;
        _sticky.Sent((first + 1) % 100);
        Assert.Equal(first, _sticky.Current);
        _sticky.Sent(first);
        Assert.NotEqual(first, _sticky.Current);
    }

    [Fact]
    public void Partition_that_lost_its_leader_is_left()
    {
        _sticky.SetPartitions([3]);
        Assert.Equal(3, _sticky.Current);
        _sticky.SetPartitions([4]);
        Assert.Equal(4, _sticky.Current);
    }

    [Fact]
    public void Loaded_partitions_are_drawn_rarely_and_stuck_ones_never()
    {
        _sticky.SetPartitions([0, 1, 2]);
        _sticky.SetLoads([0, 8, -1]);
        var drawn = Draw(10_000);
        Assert.InRange(drawn[0], 8_500, 9_500);
        Assert.InRange(drawn[1], 500, 1_500);
        Assert.Equal(0, drawn[2]);
    }

    [Fact]
    public void Equal_loads_are_drawn_equally()
    {
        _sticky.SetPartitions([0, 1, 2, 3]);
        _sticky.SetLoads([5, 5, 5, 5]);
        Assert.All(Draw(10_000), count => Assert.InRange(count, 2_200, 2_800));
    }

    private int[] Draw(int times)
    {
        var drawn = new int[4];
        for (var i = 0; i < times; i++)
        {
            drawn[_sticky.Current]++;
            _sticky.Sent(_sticky.Current);
        }
        return drawn;
    }
}
