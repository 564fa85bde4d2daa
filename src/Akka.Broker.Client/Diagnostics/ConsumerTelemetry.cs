using System.Diagnostics;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>
/// What a consumer tells whoever listens: a span and a duration a handled record, which goes on with the trace of the record's sender, and figures a fetch and a
/// commit. Any thread. Each hook costs a check of a field when nobody listens.
/// </summary>
internal sealed class ConsumerTelemetry(string clientId, string? group)
{
    /// <summary>Of a consumer without a client, as specs have it.</summary>
    public static readonly ConsumerTelemetry Nameless = new("", null);

    /// <summary>Whether handling is measured or traced: only then is <see cref="StartProcess"/> worth calling.</summary>
    public static bool IsWatched => ClientInstruments.Source.HasListeners() || ClientInstruments.ProcessDuration.Enabled;

    /// <summary>Batches of a partition came; counted by their headers, so that records before the position are counted too.</summary>
    public void Consumed(TopicPartition origin, ReadOnlyMemory<byte> batches)
    {
        if (!ClientInstruments.ConsumedMessages.Enabled)
            return;
        var recordCount = 0L;
        while (RecordBatch.TryRead(batches, out var batch))
        {
            recordCount += batch.IsControl ? 0 : batch.RecordCount;
            batches = batches[batch.SizeInBytes..];
        }

        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, "poll" },
            { MessagingTags.Destination, origin.Topic },
            { MessagingTags.Partition, ClientInstruments.PartitionId(origin.Partition) },
        };
        if (group is not null)
            tags.Add(MessagingTags.ConsumerGroup, group);
        ClientInstruments.ConsumedMessages.Add(recordCount, tags);
    }

    /// <summary>A fetch was answered, or given up. Long polls are in it.</summary>
    public void FetchDone(BrokerNode? broker, long elapsedMs, ErrorCode error) => Requests.Done("poll", "receive", group, broker, elapsedMs, error);

    /// <summary>A commit was answered, or given up.</summary>
    public void CommitDone(BrokerNode? broker, long elapsedMs, ErrorCode error) => Requests.Done("commit", "settle", group, broker, elapsedMs, error);

    /// <summary>
    /// A handler begins with a record; its span is the current one until <see cref="Processing.End"/>. It is the child of the span that sent the record, or,
    /// where the caller has one of its own, the caller's, with a link to the sender's.
    /// </summary>
    /// <param name="time">Measures the handler.</param>
    /// <param name="origin">Where the record is from.</param>
    /// <param name="offset">Its offset there.</param>
    /// <param name="headers">The record's.</param>
    public Processing StartProcess(TimeProvider time, TopicPartition origin, long offset, RecordHeader[]? headers)
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

    private static Activity? StartSpan(string topic, RecordHeader[]? headers)
    {
        var name = $"process {topic}";
        if (!TraceHeaders.TryRead(headers, out var sender))
            return ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer);
        return Activity.Current is { } own
            ? ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer, own.Context, links: [new ActivityLink(sender)])
            : ClientInstruments.Source.StartActivity(name, ActivityKind.Consumer, sender);
    }
}
