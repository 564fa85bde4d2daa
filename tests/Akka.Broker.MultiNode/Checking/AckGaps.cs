namespace Akka.Broker.MultiNode.Checking;

/// <summary>For how long a writer got no acknowledgements around a fault.</summary>
/// <param name="WorstPartition">The longest silence of any one partition.</param>
/// <param name="AllPartitions">The longest time in which no partition at all acknowledged anything.</param>
public readonly record struct AckGap(TimeSpan WorstPartition, TimeSpan AllPartitions)
{
    /// <summary>
    /// The longest silences that overlap the time from the fault to the end of the window. A partition counts if it was written to before the fault;
    /// the window's end ends a silence that is still going on.
    /// </summary>
    public static AckGap Around(IEnumerable<HistoryEvent> history, long faultNs, TimeSpan window)
    {
        var end = faultNs + (long)window.TotalNanoseconds;
        var acks = history.OfType<Acked>().OrderBy(a => a.AtNs).ToList();
        var worst = acks.Where(a => a.AtNs < faultNs).Select(a => a.Partition).Distinct()
            .Select(partition => Longest(acks.Where(a => a.Partition == partition), faultNs, end))
            .DefaultIfEmpty().Max();
        return new AckGap(Span(worst), Span(Longest(acks, faultNs, end)));
    }

    private static long Longest(IEnumerable<Acked> acks, long from, long to)
    {
        var longest = 0L;
        var last = from;
        foreach (var ack in acks)
        {
            if (ack.AtNs > from)
                longest = Math.Max(longest, Math.Min(ack.AtNs, to) - last);
            last = ack.AtNs;
            if (last >= to)
                return longest;
        }
        return Math.Max(longest, to - last);
    }

    private static TimeSpan Span(long ns) => TimeSpan.FromMicroseconds(ns / 1000.0);
}
