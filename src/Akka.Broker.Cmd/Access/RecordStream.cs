using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Cmd.Access;

/// <summary>
/// Reads partitions on from where they are: one long poll a leader at a time, at another leader when the partition has moved. What retention or trimming has
/// taken away meanwhile is skipped. One task.
/// </summary>
/// <param name="context">Of the verb, whose end ends the waiting.</param>
/// <param name="positions">The next offset of each partition; kept up to date.</param>
internal sealed class RecordStream(VerbContext context, Dictionary<TopicPartition, long> positions)
{
    private const short ByTopicName = 12;
    private const int WaitMs = 500;
    private const int BytesMax = 1 << 20;
    private const int DecompressedBytesMax = 64 << 20;
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(100);

    public delegate void OnRecord(TopicPartition partition, Record record);

    /// <summary>Bytes of batches read.</summary>
    public long Bytes { get; private set; }

    /// <summary>What there is, after a wait if there is nothing yet.</summary>
    public async Task NextAsync(OnRecord onRecord)
    {
        context.Cancelled.ThrowIfCancellationRequested();
        var byLeader = positions.Keys.ToLookup(p => context.Image.TryGetPartition(p, out var image) && context.Image.IsAlive(image.Leader) ? image.Leader : -1);
        if (byLeader.All(l => l.Key < 0))
        {
            await PauseAsync().ConfigureAwait(false);
            return;
        }
        var polls = byLeader.Where(l => l.Key >= 0).Select(l => PollAsync(l.Key, [.. l])).ToList();
        foreach (var poll in polls)
        {
            using var response = await poll.ConfigureAwait(false);
            if (response is null || !Take(response.Message, onRecord))
                await PauseAsync().ConfigureAwait(false);
        }
    }

    private async Task<BrokerResponse<FetchResponse>?> PollAsync(int leader, IReadOnlyList<TopicPartition> partitions)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = WaitMs,
            MinBytes = 1,
            Topics = [.. partitions.GroupBy(p => p.Topic).Select(t => new FetchRequest.FetchTopic
            {
                Topic = t.Key,
                Partitions = [.. t.Select(p => new FetchRequest.FetchPartition { Partition = p.Partition, FetchOffset = positions[p], PartitionMaxBytes = BytesMax })],
            })],
        };
        try
        {
            return await context.Peers.AskForRecordsAsync<FetchRequest, FetchResponse>(leader, request, ByTopicName).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is BrokerConnectionException or VerbException)
        {
            // The leader has just gone; the metadata will name another one.
            return null;
        }
    }

    /// <summary>False if some partition cannot be read now.</summary>
    private bool Take(FetchResponse response, OnRecord onRecord)
    {
        var isWhole = true;
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.Partitions)
            {
                var name = new TopicPartition(topic.Topic, partition.PartitionIndex);
                if (partition.ErrorCode == ErrorCode.OffsetOutOfRange)
                    positions[name] = Math.Max(positions[name], partition.LogStartOffset);
                else if (partition.ErrorCode == ErrorCode.None && partition.Records is MemoryRecords records)
                    Read(name, records.Memory, onRecord);
                isWhole &= partition.ErrorCode == ErrorCode.None;
            }
        }
        return isWhole;
    }

    private void Read(TopicPartition partition, ReadOnlyMemory<byte> bytes, OnRecord onRecord)
    {
        while (RecordBatch.TryRead(bytes, out var batch))
        {
            if (!batch.IsControl)
            {
                using var payload = RecordBatchReader.Decompress(batch, DecompressedBytesMax);
                foreach (var record in payload.Records)
                {
                    if (record.Offset >= positions[partition])
                        onRecord(partition, record);
                }
            }
            positions[partition] = batch.NextOffset;
            Bytes += batch.SizeInBytes;
            bytes = bytes[batch.SizeInBytes..];
        }
    }

    private Task PauseAsync() => Task.Delay(Backoff, context.Node.Time, context.Cancelled);
}
