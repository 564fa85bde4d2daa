namespace Akka.Broker.MultiNode.Checking;

public sealed class AckGapSpec
{
    private const long Ms = 1_000_000;

    [Fact]
    public void Silence_counts_from_the_last_acknowledgement_before_the_fault_to_the_first_behind_it()
    {
        var gap = AckGap.Around([Ack(0, 0), Ack(90, 0), Ack(1090, 0), Ack(1100, 0), Ack(1300, 0)], 100 * Ms, TimeSpan.FromMilliseconds(1150));
        Assert.Equal(1000, gap.WorstPartition.TotalMilliseconds);
        Assert.Equal(1000, gap.AllPartitions.TotalMilliseconds);
    }

    [Fact]
    public void Worst_partition_counts_though_another_goes_on()
    {
        var history = Enumerable.Range(0, 30).Select(i => Ack(i * 50, 1)).Append(Ack(95, 0)).Append(Ack(1195, 0));
        var gap = AckGap.Around(history, 100 * Ms, TimeSpan.FromMilliseconds(1300));
        Assert.Equal(1100, gap.WorstPartition.TotalMilliseconds);
        Assert.Equal(50, gap.AllPartitions.TotalMilliseconds);
    }

    [Fact]
    public void Silence_that_does_not_end_is_as_long_as_the_window()
    {
        var gap = AckGap.Around([Ack(80, 0), Ack(100, 0)], 100 * Ms, TimeSpan.FromSeconds(5));
        Assert.Equal(5000, gap.WorstPartition.TotalMilliseconds);
    }

    [Fact]
    public void Pauses_before_the_fault_do_not_count()
    {
        var gap = AckGap.Around([Ack(0, 0), Ack(5000, 0), Ack(5010, 0), Ack(5020, 0)], 5005 * Ms, TimeSpan.FromMilliseconds(15));
        Assert.Equal(10, gap.WorstPartition.TotalMilliseconds);
    }

    private static Acked Ack(long ms, int partition) => new(ms * Ms, new RecordId(0, ms), partition, ms);
}
