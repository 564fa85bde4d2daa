namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Sees a record to the dead-letter topic that no handler could handle: again and again until it is there, for a record is neither lost nor passed over because the topic cannot be
/// reached. What keeps it waiting is told as <see cref="ConsumerTroubled"/>. Any thread.
/// </summary>
internal sealed class DeadLetterDelivery(IDeadLetterWriter writer, ConsumerLink link, ConsumerSettings settings, RetryPolicy retry, TimeProvider time)
{
    /// <summary>Writing has no end of its own: whether the partition is gone meanwhile is looked at so often.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>True: it is written. False: the partition is gone, and whoever has it now begins with this record.</summary>
    public async Task<bool> WriteAsync(HandledRecord record, string topic, Exception error, CancellationToken stopping)
    {
        var delivery = record.Run.Delivery;
        for (var failures = 1; !delivery.IsClosed; failures++)
        {
            try
            {
                var writing = writer.WriteAsync(topic, delivery.Partition, record.Kept, record.Attempts, error, settings.GroupId);
                if (!await IsWrittenAsync(writing, record, topic, stopping).ConfigureAwait(false))
                    return false;
                link.Raise(new RecordDeadLettered(delivery.Partition, record.Kept.Offset, record.Attempts, error, topic));
                return true;
            }
            catch (BrokerClientException e)
            {
                link.Raise(Troubled(record, topic, e));
                await Task.Delay(retry.DelayAfter(failures), time, stopping).ConfigureAwait(false);
            }
        }
        return false;
    }

    private async Task<bool> IsWrittenAsync(Task writing, HandledRecord record, string topic, CancellationToken stopping)
    {
        var reportedAt = time.GetTimestamp();
        while (true)
        {
            try
            {
                await writing.WaitAsync(LookInterval, time, stopping).ConfigureAwait(false);
                return true;
            }
            catch (TimeoutException) when (!writing.IsCompleted)
            {
                if (record.Run.Delivery.IsClosed)
                    return false;
            }
            if (time.GetElapsedTime(reportedAt) < settings.RequestTimeout)
                continue;
            reportedAt = time.GetTimestamp();
            link.Raise(Troubled(record, topic, new BrokerUnreachableException($"No leader of {topic} has taken it for {settings.RequestTimeout}.")));
        }
    }

    private static ConsumerTroubled Troubled(HandledRecord record, string topic, Exception cause) =>
        new($"Writing {record.Run.Delivery.Partition}@{record.Kept.Offset} to {topic}", cause, IsFinal: false);
}
