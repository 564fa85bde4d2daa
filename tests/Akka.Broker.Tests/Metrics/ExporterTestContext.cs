using System.Buffers;
using System.Text;
using Akka.Broker.Metrics;

namespace Akka.Broker.Tests.Metrics;

/// <summary>Figures of a test, and what is exported of them.</summary>
internal sealed class ExporterTestContext : IDisposable
{
    private readonly BrokerMeter _meter;
    private readonly PrometheusExporter _exporter;

    public ExporterTestContext(params IFigures[] figures)
    {
        _meter = new BrokerMeter(figures);
        _exporter = new PrometheusExporter(_meter);
    }

    public ExporterTestContext(Action<BrokerMeter> publish)
        : this(new Figures(publish))
    {
    }

    public string Page()
    {
        var page = new ArrayBufferWriter<byte>();
        _exporter.WriteTo(page);
        return Encoding.UTF8.GetString(page.WrittenSpan);
    }

    /// <summary>Without comments and without the runtime's own figures.</summary>
    public string[] Samples() => [.. Page().Split('\n').Where(l => l.StartsWith("akka_broker_", StringComparison.Ordinal) && !l.StartsWith("akka_broker_collect_errors", StringComparison.Ordinal))];

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    private sealed class Figures(Action<BrokerMeter> publish) : IFigures
    {
        public void PublishTo(BrokerMeter meter) => publish(meter);
    }
}
