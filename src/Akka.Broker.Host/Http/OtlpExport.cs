using Akka.Broker.Gateway;
using Akka.Broker.Metrics;
using Akka.Broker.Settings;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Akka.Broker.Host.Http;

/// <summary>
/// Sends figures, and a span a request, to an OpenTelemetry collector. Only a broker whose settings name one loads what that takes. A collector that is away costs
/// what was to be sent to it, and nothing else.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string RuntimeMeter = "System.Runtime";
    private const string MetricsPath = "v1/metrics";
    private const string TracesPath = "v1/traces";
    private const int StopMsMax = 2_000;
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private OtlpExport(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <param name="settings">With an endpoint.</param>
    /// <param name="nodeId">Stands in what is sent as <c>service.instance.id</c>.</param>
    /// <param name="meter">Null where nothing is counted.</param>
    public static OtlpExport Start(OtlpSettings settings, int nodeId, BrokerMeter? meter)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("akka-broker", serviceInstanceId: $"{nodeId}");
        var metrics = meter is null ? null : Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(BrokerMeter.Name, RuntimeMeter)
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, settings, MetricsPath);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = settings.IntervalMs;
            })
            .Build();
        var traces = !settings.TracesEnabled ? null : Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(RequestTracing.SourceName)
            .AddOtlpExporter(exporter => Configure(exporter, settings, TracesPath))
            .Build();
        return new OtlpExport(metrics, traces);
    }

    public void Dispose()
    {
        // What was not sent yet is sent, if the collector takes it at once.
        _metrics?.Shutdown(StopMsMax);
        _traces?.Shutdown(StopMsMax);
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, OtlpSettings settings, string path)
    {
        exporter.Protocol = settings.Protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = settings.Protocol == OtlpProtocol.Grpc ? settings.Endpoint! : new Uri($"{settings.Endpoint!.ToString().TrimEnd('/')}/{path}");
    }
}
