using Akka.Broker.Client.Consuming;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class OffsetTrackerSpec
{
    [Fact]
    public void Only_the_prefix_without_a_gap_may_be_committed()
    {
        var tracker = new OffsetTracker(10, epoch: 1);
        tracker.Begin(10, 1);
        tracker.Begin(12, 2);
        tracker.Begin(13, 3);

        tracker.Finish(12);
        Assert.Equal((10, 3), (tracker.Committable, tracker.Ahead));
        tracker.Finish(10);
        Assert.Equal((13, 2, 1), (tracker.Committable, tracker.CommittableEpoch, tracker.Ahead));
        tracker.Finish(13);
        Assert.Equal((14, 3, 0), (tracker.Committable, tracker.CommittableEpoch, tracker.Ahead));
    }

    [Fact]
    public void What_is_passed_over_counts_when_all_before_it_is_finished()
    {
        var tracker = new OffsetTracker(0, -1);
        tracker.Begin(0, 0);
        tracker.PassTo(7);
        Assert.Equal(0, tracker.Committable);
        tracker.Finish(0);
        Assert.Equal(7, tracker.Committable);
        tracker.PassTo(9);
        Assert.Equal(9, tracker.Committable);
    }

    [Fact]
    public void Finishing_what_was_not_begun_or_twice_is_a_bug()
    {
        var tracker = new OffsetTracker(0, -1);
        tracker.Begin(3, 0);
        tracker.Begin(5, 0);
        Assert.Throws<InvariantViolatedException>(() => tracker.Finish(4));
        tracker.Finish(5);
        Assert.Throws<InvariantViolatedException>(() => tracker.Finish(5));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void In_any_order_it_agrees_with_a_set(int seed)
    {
        var random = new Random(seed);
        var tracker = new OffsetTracker(0, -1);
        var open = new SortedSet<long>();
        var next = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            if (open.Count == 0 || (open.Count < 300 && random.Next(2) == 0))
            {
                next += random.Next(3);
                tracker.Begin(next, 0);
                open.Add(next++);
            }
            else
            {
                var finished = open.ElementAt(random.Next(open.Count));
                tracker.Finish(finished);
                open.Remove(finished);
            }
            Assert.Equal(open.Count == 0 ? next : open.Min, tracker.Committable);
        }
    }
}
