using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Akka.Broker.Metrics;

/// <summary>
/// Durations under one name, apart by tags: a <see cref="LatencyHistogram"/> for each combination. Each keeps its own buckets, so that recording is a comparison
/// or two and an addition; a meter's histogram of the same name is told as well while somebody other than the node's own exporter listens to it.
/// Thread-safe.
/// </summary>
public sealed class HistogramFamily
{
    /// <summary>Upper bounds in seconds: from what a request in memory takes to what a long poll or a stalled disk does.</summary>
    public static readonly IReadOnlyList<double> Seconds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentQueue<LatencyHistogram> _series = new();
    private readonly long[] _boundsTicks;
    private readonly double _ticksASecond;
    private Histogram<double>? _instrument;

    /// <param name="name">With dots.</param>
    /// <param name="help">One sentence.</param>
    /// <param name="time">Whose <see cref="TimeProvider.GetTimestamp"/> durations are differences of.</param>
    public HistogramFamily(string name, string help, TimeProvider time)
    {
        Name = name;
        Help = help;
        _ticksASecond = time.TimestampFrequency;
        _boundsTicks = [.. Seconds.Select(s => (long)(s * _ticksASecond))];
    }

    public string Name { get; }

    public string Help { get; }

    public IEnumerable<LatencyHistogram> Series => _series;

    internal ReadOnlySpan<long> BoundsTicks => _boundsTicks;

    /// <summary>Null, or disabled, while nobody listens: the usual case.</summary>
    internal Histogram<double>? Instrument => _instrument;

    /// <summary>A new combination of tags. To be kept by the caller: it is in the family for good.</summary>
    public LatencyHistogram Add(params KeyValuePair<string, object?>[] tags)
    {
        var series = new LatencyHistogram(this, tags);
        _series.Enqueue(series);
        return series;
    }

    internal double ToSeconds(long ticks) => ticks / _ticksASecond;

    internal void Attach(Meter meter) => _instrument = meter.CreateHistogram<double>(Name, "s", Help);
}
