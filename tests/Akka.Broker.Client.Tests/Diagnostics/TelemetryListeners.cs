using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.Broker.Client.Diagnostics;

namespace Akka.Broker.Client.Tests.Diagnostics;

/// <summary>Specs that listen take turns with the one that sees that nothing is made while nobody does.</summary>
[CollectionDefinition(nameof(TelemetryListeners))]
public sealed class TelemetryListeners;

/// <summary>Listens as an exporter does, for one topic: other specs of this process may send at the same time.</summary>
internal sealed class SpanListener : IDisposable
{
    private readonly ActivityListener _listener;

    public SpanListener(string topic)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BrokerClientDiagnostics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("messaging.destination.name"), topic))
                    Spans.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public ConcurrentQueue<Activity> Spans { get; } = [];

    public void Dispose() => _listener.Dispose();
}

/// <summary>A figure as an exporter gets it.</summary>
internal sealed record Figure(string Instrument, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags);

/// <summary>Listens to the meter of the client.</summary>
internal sealed class FigureListener : IDisposable
{
    private readonly MeterListener _listener = new();

    public FigureListener()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == BrokerClientDiagnostics.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public ConcurrentQueue<Figure> Figures { get; } = [];

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Figures.Enqueue(new Figure(instrument.Name, instrument.Unit, value, tags.ToArray().ToDictionary()));
}
