using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>The process's one activity source and meter of this client. Any thread.</summary>
internal static class ClientInstruments
{
    private static readonly string? Version = typeof(ClientInstruments).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter Meter = new(BrokerClientDiagnostics.Name, Version);

    /// <summary>OpenTelemetry's advice for both durations, in seconds.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly string[] SmallNumbers = [.. Enumerable.Range(0, 256).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    public static readonly ActivitySource Source = new(BrokerClientDiagnostics.Name, Version);

    public static readonly Counter<long> SentMessages = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Records that producers sent to brokers, with error.type those that were not delivered.");

    public static readonly Counter<long> ConsumedMessages = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Records that consumers got from brokers.");

    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram(
        "messaging.client.operation.duration", "s", "Duration of requests to brokers.", advice: Seconds);

    public static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram(
        "messaging.process.duration", "s", "Duration of handlers.", advice: Seconds);

    /// <summary>A partition's number as the attribute wants it, a string; the usual ones are made once.</summary>
    public static string PartitionId(int partition) =>
        (uint)partition < (uint)SmallNumbers.Length ? SmallNumbers[partition] : partition.ToString(CultureInfo.InvariantCulture);
}
