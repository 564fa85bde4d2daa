namespace Akka.Broker.Metrics;

/// <summary>
/// How often something took how long. Recorded on hot paths from any thread: no lock, no allocation. Who reads sees each count as it was at some moment of the
/// reading; count and sum may be apart by what is recorded meanwhile.
/// </summary>
public sealed class LatencyHistogram
{
    private readonly HistogramFamily _family;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly long[] _counts;
    private long _sumTicks;

    internal LatencyHistogram(HistogramFamily family, KeyValuePair<string, object?>[] tags)
    {
        _family = family;
        _tags = tags;
        _counts = new long[HistogramFamily.Seconds.Count + 1];
    }

    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags;

    public double SumSeconds => _family.ToSeconds(Volatile.Read(ref _sumTicks));

    /// <param name="ticks">Of the family's clock.</param>
    public void Record(long ticks)
    {
        var bounds = _family.BoundsTicks;
        var bucket = 0;
        while (bucket < bounds.Length && ticks > bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sumTicks, ticks);
        if (_family.Instrument is { Enabled: true } instrument)
            instrument.Record(_family.ToSeconds(ticks), _tags);
    }

    /// <summary>How many took no longer than each of <see cref="HistogramFamily.Seconds"/>, and, in the last place, how many there were.</summary>
    public long[] Cumulated()
    {
        var cumulated = new long[_counts.Length];
        var sum = 0L;
        for (var i = 0; i < cumulated.Length; i++)
            cumulated[i] = sum += Volatile.Read(ref _counts[i]);
        return cumulated;
    }
}
