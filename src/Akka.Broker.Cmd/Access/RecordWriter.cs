using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Cmd.Access;

/// <summary>Writes batches to one partition's leader. It never writes a batch twice: when a write fails, the operator is told and decides.</summary>
internal sealed class RecordWriter(VerbContext context, TopicPartition partition, short acks = -1)
{
    private const short ByTopicName = 12;

    /// <summary>Waits for all in-sync replicas, unless made otherwise. The first record's offset; -1 where none is told (acks 0).</summary>
    /// <exception cref="VerbException">It is refused.</exception>
    public Task<long> WriteAsync(IReadOnlyList<(byte[]? Key, byte[]? Value)> records)
    {
        using var builder = new RecordBatchBuilder();
        var now = context.NowMs;
        foreach (var (key, value) in records)
            builder.Append(now, key, value);
        return WriteAsync(builder.ToArray());
    }

    /// <summary>A whole batch.</summary>
    public async Task<long> WriteAsync(ReadOnlyMemory<byte> batch)
    {
        var request = new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = (int)Peers.DefaultTimeout.TotalMilliseconds,
            TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = new MemoryRecords(batch) }] }],
        };
        if (!context.Image.TryGetPartition(partition, out var image) || !image.HasLeader)
            throw new VerbException($"{partition} has no leader now.");
        var response = await context.Peers.AskAsync<ProduceRequest, ProduceResponse>(image.Leader, request, ByTopicName).ConfigureAwait(false);
        var answer = response.Responses[0].PartitionResponses[0];
        Answers.Check(answer.ErrorCode, answer.ErrorMessage, $"{partition}");
        return answer.BaseOffset;
    }
}
