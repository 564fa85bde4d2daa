using System.Buffers;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Akka.Broker.Metrics;

/// <summary>
/// Writes a node's figures, and the runtime's own (garbage collection, processor time, memory), in Prometheus' text format (0.0.4), by name. It listens to
/// observable instruments alone, so that it costs nothing between two collections. An instrument that fails is left out and counted. Thread-safe: one
/// collection at a time.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string RuntimeMeter = "System.Runtime";
    private static readonly string[] Bounds =
        [.. HistogramFamily.Seconds.Select(s => s.ToString(CultureInfo.InvariantCulture)), "+Inf"];

    private readonly Lock _gate = new();
    private readonly BrokerMeter _meter;
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, PrometheusWriter> _metrics = new(StringComparer.Ordinal);
    private readonly PrometheusWriter _errors;
    private readonly List<(HistogramFamily Family, PrometheusWriter Writer)> _histograms = [];
    private long _failures;

    public PrometheusExporter(BrokerMeter meter)
    {
        _meter = meter;
        _errors = Add("akka_broker_collect_errors_total", "counter", "Instruments that could not be read.");
        foreach (var family in meter.Histograms)
            _histograms.Add((family, Add(PrometheusNames.Of(family.Name, "s", isCounter: false), "histogram", family.Help)));
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, metric) => ((PrometheusWriter)metric!).Sample(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, metric) => ((PrometheusWriter)metric!).Sample((long)value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, metric) => ((PrometheusWriter)metric!).Sample(value, tags));
        _listener.Start();
    }

    /// <summary>Every name that a sample may have, whether or not there is one now.</summary>
    public IReadOnlyCollection<string> Names
    {
        get
        {
            lock (_gate)
            {
                var histograms = _histograms.ConvertAll(h => PrometheusNames.Of(h.Family.Name, "s", isCounter: false));
                return [.. _metrics.Keys.Except(histograms), .. histograms.SelectMany(h => (string[])[$"{h}_bucket", $"{h}_sum", $"{h}_count"])];
            }
        }
    }

    /// <summary>Collects everything and writes it.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        lock (_gate)
        {
            foreach (var metric in _metrics.Values)
                metric.Clear();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException failed)
            {
                _failures += failed.InnerExceptions.Count;
            }

            _errors.Sample(_failures, []);
            foreach (var (family, writer) in _histograms)
                Write(family, writer);
            foreach (var metric in _metrics.Values)
                metric.CopyTo(output);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Write(HistogramFamily family, PrometheusWriter writer)
    {
        foreach (var series in family.Series)
        {
            var counts = series.Cumulated();
            if (counts[^1] == 0)
                continue;
            var tags = series.Tags;
            for (var i = 0; i < counts.Length; i++)
                writer.Sample("_bucket", counts[i], tags, Bounds[i]);
            writer.Sample("_sum", series.SumSeconds, tags);
            writer.Sample("_count", counts[^1], tags);
        }
    }

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!instrument.IsObservable || (instrument.Meter != _meter.Meter && instrument.Meter.Name != RuntimeMeter))
            return;
        var type = instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>) ? "counter" : "gauge";
        var name = PrometheusNames.Of(instrument.Name, instrument.Unit, type == "counter");
        lock (_gate)
            listener.EnableMeasurementEvents(instrument, Add(name, type, instrument.Description));
    }

    private PrometheusWriter Add(string name, string type, string? help)
    {
        if (!_metrics.TryGetValue(name, out var writer))
            _metrics[name] = writer = new PrometheusWriter(name, type, help);
        return writer;
    }
}
