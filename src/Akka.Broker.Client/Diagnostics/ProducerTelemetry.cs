using System.Diagnostics;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>
/// What a producer tells whoever listens: a span a record, from send to report, whose context travels with it, and figures a batch and a request.
/// Any thread. Each hook costs a check of a field when nobody listens.
/// </summary>
internal sealed class ProducerTelemetry(string clientId)
{
    /// <summary>Whether records get spans: only then is <see cref="StartSend"/> worth calling.</summary>
    public static bool IsTracing => ClientInstruments.Source.HasListeners();

    /// <summary>Begins a record's span.</summary>
    /// <param name="topic">Where it goes.</param>
    /// <param name="headers">The record's; with the span's context afterwards, if there is one.</param>
    /// <returns>Null if nobody wants this one; the span is no longer the current one, so that nothing of the sender's hangs on it.</returns>
    public Activity? StartSend(string topic, ref RecordHeader[]? headers)
    {
        var before = Activity.Current;
        var activity = ClientInstruments.Source.StartActivity($"send {topic}", ActivityKind.Producer);
        // Not sampled here, the sender's own context still goes on.
        if ((activity ?? before) is { } carried)
            headers = TraceHeaders.With(carried, headers);
        if (activity is null)
            return null;
        Activity.Current = before;
        if (activity.IsAllDataRequested)
        {
            activity.SetTag(MessagingTags.System, MessagingTags.Kafka);
            activity.SetTag(MessagingTags.OperationName, "send");
            activity.SetTag(MessagingTags.OperationType, "send");
            activity.SetTag(MessagingTags.Destination, topic);
            activity.SetTag(MessagingTags.ClientId, clientId);
        }

        return activity;
    }

    /// <summary>Ends a record's span with its delivery report.</summary>
    /// <param name="activity">What <see cref="StartSend"/> gave.</param>
    /// <param name="partition">-1: it was never chosen.</param>
    /// <param name="offset">-1: not known.</param>
    /// <param name="error">Why it was not delivered; null: it was.</param>
    public static void EndSend(Activity? activity, int partition, long offset, Exception? error)
    {
        if (activity is null)
            return;
        if (activity.IsAllDataRequested)
        {
            if (partition >= 0)
                activity.SetTag(MessagingTags.Partition, ClientInstruments.PartitionId(partition));
            if (offset >= 0)
                activity.SetTag(MessagingTags.Offset, offset);
            Failures.Note(activity, error);
        }

        activity.Dispose();
    }

    /// <summary>A batch has its answer.</summary>
    public static void BatchDone(string topic, int partition, int recordCount, ErrorCode error)
    {
        if (!ClientInstruments.SentMessages.Enabled)
            return;
        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, "send" },
            { MessagingTags.Destination, topic },
            { MessagingTags.Partition, ClientInstruments.PartitionId(partition) },
        };
        if (error != ErrorCode.None)
            tags.Add(MessagingTags.ErrorType, Failures.NameOf(error));
        ClientInstruments.SentMessages.Add(recordCount, tags);
    }

    /// <summary>A produce request was answered, or given up.</summary>
    public static void RequestDone(BrokerNode? broker, long elapsedMs, ErrorCode error) => Requests.Done("send", "send", null, broker, elapsedMs, error);
}
