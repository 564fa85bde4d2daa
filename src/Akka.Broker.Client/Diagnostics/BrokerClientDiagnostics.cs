namespace Akka.Broker.Client.Diagnostics;

/// <summary>
/// What to listen to: <c>tracing.AddSource(BrokerClientDiagnostics.Name)</c>, <c>metrics.AddMeter(BrokerClientDiagnostics.Name)</c>. Spans, instruments and their
/// attributes have OpenTelemetry's names for messaging; where nobody listens nothing is measured and no header is written.
/// </summary>
public static class BrokerClientDiagnostics
{
    /// <summary>Of the activity source and of the meter.</summary>
    public const string Name = "Akka.Broker.Client";
}
