using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Consuming;

/// <summary>Where records go that no handler could handle.</summary>
internal interface IDeadLetterWriter
{
    /// <exception cref="BrokerClientException">It is not known to be written.</exception>
    Task WriteAsync(string topic, TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group);
}

/// <summary>
/// Writes a dead letter as a batch of its own, to all in-sync replicas: there are few, and each is wanted at once. The partition is the origin's number, modulo; so the letters of one
/// partition stay in order. A letter whose answer was lost is written again, and may be there twice. Any thread.
/// </summary>
internal sealed class DeadLetterWriter(IClusterClient cluster, TimeSpan timeout, TimeProvider time) : IDeadLetterWriter
{
    private const short AcksOfAll = -1;

    public async Task WriteAsync(string topic, TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group)
    {
        var view = cluster.View;
        if (view.Topic(topic) is not { Partitions.Length: > 0 })
            view = await cluster.RefreshAsync([topic], CancellationToken.None).ConfigureAwait(false);
        if (view.Topic(topic) is not { Partitions.Length: > 0 } known)
            throw BrokerClientException.Of(view.Topic(topic)?.Error ?? ErrorCode.UnknownTopicOrPartition, $"Finding the dead-letter topic {topic}");
        var partition = known.Partitions[origin.Partition % known.Partitions.Length];
        var request = new ProduceRequest { Acks = AcksOfAll, TimeoutMs = (int)timeout.TotalMilliseconds };
        request.TopicData.Add(new()
        {
            Name = topic,
            TopicId = known.Id,
            PartitionData = [new() { Index = partition.Index, Records = new MemoryRecords(Batch(origin, record, attempts, error, group)) }],
        });
        var response = await cluster.AskAsync<ProduceResponse>(partition.LeaderId, request, timeout + timeout, CancellationToken.None).ConfigureAwait(false);
        var answer = response.Responses[0].PartitionResponses[0];
        if (answer.ErrorCode == ErrorCode.None)
            return;
        if (answer.ErrorCode.IsStaleMetadata())
            cluster.Invalidate(topic, partition.Index);
        throw BrokerClientException.Of(answer.ErrorCode, $"Writing to the dead-letter topic {topic}", answer.ErrorMessage);
    }

    private byte[] Batch(TopicPartition origin, KeptRecord record, int attempts, Exception error, string? group)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions());
        builder.Append(
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            record.IsKeyNull ? NullableBytes.Null : record.Key,
            record.IsValueNull ? NullableBytes.Null : record.Value,
            DeadLetterHeaders.Of(record.Headers, origin, record.Offset, record.TimestampMs, attempts, error, group));
        return builder.ToArray();
    }
}
