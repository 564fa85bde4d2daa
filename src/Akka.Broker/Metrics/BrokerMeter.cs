using System.Diagnostics.Metrics;

namespace Akka.Broker.Metrics;

/// <summary>Something that counts, and says under which names what it has counted is to be read.</summary>
public interface IFigures
{
    /// <summary>Makes its instruments. Called once, by the thread that starts the meter.</summary>
    void PublishTo(BrokerMeter meter);
}

/// <summary>
/// The node's figures as instruments of the meter <c>Akka.Broker</c>, for exporters and tools.
/// <code>
///   hot path ─▶ XxxFigures: plain counters, histograms ◀─ read when somebody collects ─ observable instruments ◀─ MeterListener (/metrics), OpenTelemetry
/// </code>
/// What counts does so whether or not anybody listens, by an addition each; instruments are made when a meter is, which is behind the start of the node, and
/// cost only who collects. Names are OpenTelemetry's way (dots, the unit apart); Prometheus' form of them is the exporter's affair.
/// One a node; made and disposed by one thread, collected by any.
/// </summary>
public sealed class BrokerMeter : IDisposable
{
    public const string Name = "Akka.Broker";

    private readonly List<HistogramFamily> _histograms = [];

    public BrokerMeter(IEnumerable<IFigures> figures)
    {
        Meter = new Meter(new MeterOptions(Name) { Version = typeof(BrokerMeter).Assembly.GetName().Version?.ToString(3), Scope = this });
        foreach (var part in figures)
            part.PublishTo(this);
    }

    /// <summary>This node's: another node in the process has another of the same name.</summary>
    public Meter Meter { get; }

    /// <summary>Kept as buckets by the node itself; see <see cref="HistogramFamily"/>.</summary>
    public IReadOnlyList<HistogramFamily> Histograms => _histograms;

    /// <summary>What only rises, as long as the process lives.</summary>
    public void Counter(string name, string? unit, string help, Func<long> value) => Meter.CreateObservableCounter(name, value, unit, help);

    public void Counter(string name, string? unit, string help, Func<IEnumerable<Measurement<long>>> values) =>
        Meter.CreateObservableCounter(name, values, unit, help);

    /// <summary>What rises and falls.</summary>
    public void Gauge(string name, string? unit, string help, Func<long> value) => Meter.CreateObservableGauge(name, value, unit, help);

    public void Gauge(string name, string? unit, string help, Func<IEnumerable<Measurement<long>>> values) =>
        Meter.CreateObservableGauge(name, values, unit, help);

    public void Gauge(string name, string? unit, string help, Func<IEnumerable<Measurement<double>>> values) =>
        Meter.CreateObservableGauge(name, values, unit, help);

    public void Histogram(HistogramFamily family)
    {
        family.Attach(Meter);
        _histograms.Add(family);
    }

    public void Dispose() => Meter.Dispose();
}
