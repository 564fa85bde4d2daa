using System.Diagnostics;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>A handler at work on a record; the default value stands for one that nobody watches. Ended once, by whoever began it.</summary>
internal readonly struct Processing
{
    private readonly Activity? _activity;
    private readonly TimeProvider? _time;
    private readonly long _start;
    private readonly TopicPartition _origin;
    private readonly string? _group;

    internal Processing(Activity? activity, TimeProvider time, long start, TopicPartition origin, string? group)
    {
        _activity = activity;
        _time = time;
        _start = start;
        _origin = origin;
        _group = group;
    }

    /// <param name="error">What the handler threw; null: it has done its work.</param>
    public void End(Exception? error)
    {
        if (_time is null)
            return;
        if (_activity is not null)
        {
            Failures.Note(_activity, error);
            _activity.Dispose();
        }

        if (!ClientInstruments.ProcessDuration.Enabled)
            return;
        var tags = new TagList
        {
            { MessagingTags.System, MessagingTags.Kafka },
            { MessagingTags.OperationName, "process" },
            { MessagingTags.Destination, _origin.Topic },
            { MessagingTags.Partition, ClientInstruments.PartitionId(_origin.Partition) },
        };
        if (_group is not null)
            tags.Add(MessagingTags.ConsumerGroup, _group);
        if (error is not null)
            tags.Add(MessagingTags.ErrorType, Failures.NameOf(error));
        ClientInstruments.ProcessDuration.Record(_time.GetElapsedTime(_start).TotalSeconds, tags);
    }
}
