using System.Diagnostics;
using System.Text;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>Carries a trace's context in record headers: <c>traceparent</c> and <c>tracestate</c> of W3C, by the application's propagator.</summary>
internal static class TraceHeaders
{
    private static readonly DistributedContextPropagator.PropagatorSetterCallback Add = (carrier, name, value) =>
    {
        var headers = (List<RecordHeader>)carrier!;
        // What the application copied from a record that it has read belongs to the trace before.
        headers.RemoveAll(header => header.Key == name);
        headers.Add(new RecordHeader(name, Encoding.UTF8.GetBytes(value)));
    };

    private static readonly DistributedContextPropagator.PropagatorGetterCallback Find = (object? carrier, string name, out string? value, out IEnumerable<string>? values) =>
    {
        values = null;
        value = null;
        // The last one counts: a forwarder that adds its own leaves the older one in front.
        foreach (var header in (RecordHeader[])carrier!)
        {
            if (header.Key == name && header.Value is not null)
                value = Encoding.UTF8.GetString(header.Value);
        }
    };

    /// <summary>The headers with the activity's context; the given list stays as it is.</summary>
    public static RecordHeader[] With(Activity activity, RecordHeader[]? headers)
    {
        var carrier = new List<RecordHeader>((headers?.Length ?? 0) + 2);
        if (headers is not null)
            carrier.AddRange(headers);
        DistributedContextPropagator.Current.Inject(activity, carrier, Add);
        return [.. carrier];
    }

    /// <summary>The context that the record's sender put there.</summary>
    /// <returns>False: none, or it cannot be read.</returns>
    public static bool TryRead(RecordHeader[]? headers, out ActivityContext context)
    {
        context = default;
        if (headers is not { Length: > 0 })
            return false;
        DistributedContextPropagator.Current.ExtractTraceIdAndState(headers, Find, out var parent, out var state);
        return parent is not null && ActivityContext.TryParse(parent, state, isRemote: true, out context);
    }
}
