using System.Diagnostics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>
/// What a consumer tells whoever listens: a span and a duration a handled record, which goes on with the trace of the record's sender, and figures a fetch and a
/// commit. Any thread. Each hook costs a check of a field when nobody listens.
/// </summary>
internal sealed class ConsumerTelemetry(string clientId, string? group)
{
    /// <summary>Whether handling is measured or traced: only then is <see cref="StartProcess"/> worth calling.</summary>
    public static bool IsWatched => ClientInstruments.Source.HasListeners() || ClientInstruments.ProcessDuration.Enabled;

    /// <summary>Records of a partition were handed on.</summary>
    public void Consumed(string topic, int partition, int recordCount)
    {
        if (recordCount == 0 || !ClientInstruments.ConsumedMessages.Enabled)
            return;
        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, "poll" },
            { MessagingTags.Destination, topic },
            { MessagingTags.Partition, ClientInstruments.PartitionId(partition) },
        };
        if (group is not null)
            tags.Add(MessagingTags.ConsumerGroup, group);
        ClientInstruments.ConsumedMessages.Add(recordCount, tags);
    }

    /// <summary>A fetch was answered, or given up. Long polls are in it.</summary>
    public void FetchDone(string host, int port, TimeSpan elapsed, ErrorCode error) => Requests.Done("poll", "receive", group, host, port, elapsed, error);

    /// <summary>A commit was answered, or given up.</summary>
    public void CommitDone(string host, int port, TimeSpan elapsed, ErrorCode error) => Requests.Done("commit", "settle", group, host, port, elapsed, error);

    /// <summary>
    /// A handler begins with a record; its span is the current one until <see cref="Processing.End"/>. It is the child of the span that sent the record, or,
    /// where the caller has one of its own, the caller's, with a link to the sender's.
    /// </summary>
    /// <param name="time">Measures the handler.</param>
    /// <param name="origin">Where the record is from.</param>
    /// <param name="offset">Its offset there.</param>
    /// <param name="headers">The record's.</param>
    public Processing StartProcess(TimeProvider time, TopicPartition origin, long offset, IReadOnlyList<RecordHeader>? headers)
    {
        var activity = ClientInstruments.Source.HasListeners() ? StartSpan(origin.Topic, headers) : null;
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(MessagingTags.System, MessagingTags.Kafka);
            activity.SetTag(MessagingTags.OperationName, "process");
            activity.SetTag(MessagingTags.OperationType, "process");
            activity.SetTag(MessagingTags.Destination, origin.Topic);
            activity.SetTag(MessagingTags.Partition, ClientInstruments.PartitionId(origin.Partition));
            activity.SetTag(MessagingTags.Offset, offset);
            activity.SetTag(MessagingTags.ClientId, clientId);
            if (group is not null)
                activity.SetTag(MessagingTags.ConsumerGroup, group);
        }

        return new Processing(activity, time, time.GetTimestamp(), origin, group);
    }

    private static Activity? StartSpan(string topic, IReadOnlyList<RecordHeader>? headers)
    {
        var name = $"process {topic}";
        if (!TraceHeaders.TryRead(headers, out var sender))
            return ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer);
        return Activity.Current is { } own
            ? ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer, own.Context, links: [new ActivityLink(sender)])
            : ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer, sender);
    }
}
