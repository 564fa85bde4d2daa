using System.Diagnostics;
using Akka.Broker.Client.Diagnostics;

namespace Akka.Broker.Client.Producing;

/// <summary>Ends a record's span when it is reported, then tells whom the application named. Made for records that are traced.</summary>
internal sealed class TracedDelivery(Activity activity, IDeliveryHandler? handler) : IDeliveryHandler
{
    public void OnDelivery(in DeliveryReport report, object? state)
    {
        ProducerTelemetry.EndSend(activity, report.Partition, report.Offset, report.Error);
        handler?.OnDelivery(report, state);
    }
}
