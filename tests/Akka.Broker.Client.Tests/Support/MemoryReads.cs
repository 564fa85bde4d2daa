using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Tests.Support;

/// <summary>The logs of a cluster that a spec plays, as consumers see them: fetches with their waits, offsets of ends, ends of epochs. Thread-safe.</summary>
internal sealed class MemoryReads
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, List<byte[]>> _logs = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MemoryReads(MemoryClusterClient cluster)
    {
        cluster.Answer<FetchRequest, FetchResponse>(FetchAsync);
        cluster.Answer<ListOffsetsRequest, ListOffsetsResponse>((_, request) => List(request));
        cluster.Answer<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>((_, request) => EndOfEpoch(request));
    }

    /// <summary>Asked first, by broker and partition: what is answered in place of the records.</summary>
    public Func<int, FetchRequest, TopicPartition, FetchResponse.PartitionData?> Instead { get; set; } = (_, _, _) => null;

    public void Append(TopicPartition partition, string? key, string value, int leaderEpoch = 0)
    {
        lock (_gate)
        {
            if (!_logs.TryGetValue(partition, out var log))
                _logs.Add(partition, log = []);
            using var builder = new RecordBatchBuilder(new RecordBatchOptions());
            builder.Append(1_000, key is null ? NullableBytes.Null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
            var batch = builder.ToArray();
            RecordBatch.Assign(batch, log.Count, leaderEpoch);
            log.Add(batch);
            Wake();
        }
    }

    /// <summary>Another leader's log was shorter.</summary>
    public void Cut(TopicPartition partition, int end)
    {
        lock (_gate)
            _logs[partition].RemoveRange(end, _logs[partition].Count - end);
    }

    /// <summary>Waiting fetches are answered now.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task<FetchResponse> FetchAsync(int broker, FetchRequest request)
    {
        Task changed;
        lock (_gate)
        {
            var response = Fetch(broker, request);
            if (response.Responses.SelectMany(t => t.Partitions).Any(p => p.Records is not null || p.ErrorCode != ErrorCode.None || p.PreferredReadReplica >= 0))
                return response;
            changed = _changed.Task;
        }
        try
        {
            await changed.WaitAsync(TimeSpan.FromMilliseconds(request.MaxWaitMs));
        }
        catch (TimeoutException)
        {
            // Nothing has come.
        }
        lock (_gate)
            return Fetch(broker, request);
    }

    private FetchResponse Fetch(int broker, FetchRequest request)
    {
        var response = new FetchResponse();
        foreach (var topic in request.Topics)
        {
            response.Responses.Add(new()
            {
                Topic = topic.Topic,
                TopicId = topic.TopicId,
                Partitions = [.. topic.Partitions.Select(p => Instead(broker, request, new TopicPartition(topic.Topic, p.Partition)) ?? Fetch(new TopicPartition(topic.Topic, p.Partition), p.FetchOffset))],
            });
        }
        return response;
    }

    private FetchResponse.PartitionData Fetch(TopicPartition partition, long offset)
    {
        var log = _logs.GetValueOrDefault(partition) ?? [];
        var data = new FetchResponse.PartitionData { PartitionIndex = partition.Partition, HighWatermark = log.Count, LastStableOffset = log.Count, LogStartOffset = 0 };
        if (offset > log.Count)
            data.ErrorCode = ErrorCode.OffsetOutOfRange;
        else if (offset < log.Count)
            data.Records = new MemoryRecords(log.Skip((int)offset).SelectMany(b => b).ToArray());
        return data;
    }

    private ListOffsetsResponse List(ListOffsetsRequest request)
    {
        lock (_gate)
        {
            return new ListOffsetsResponse
            {
                Topics = [.. request.Topics.Select(t => new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = t.Name,
                    Partitions = [.. t.Partitions.Select(p => new ListOffsetsResponse.ListOffsetsPartitionResponse
                    {
                        PartitionIndex = p.PartitionIndex,
                        Offset = p.Timestamp == -1 ? _logs.GetValueOrDefault(new TopicPartition(t.Name, p.PartitionIndex))?.Count ?? 0 : 0,
                    })],
                })],
            };
        }
    }

    private OffsetForLeaderEpochResponse EndOfEpoch(OffsetForLeaderEpochRequest request)
    {
        lock (_gate)
        {
            return new OffsetForLeaderEpochResponse
            {
                Topics = [.. request.Topics.Select(t => new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
                {
                    Topic = t.Topic,
                    Partitions = [.. t.Partitions.Select(p => new OffsetForLeaderEpochResponse.EpochEndOffset
                    {
                        Partition = p.Partition,
                        LeaderEpoch = p.LeaderEpoch,
                        EndOffset = _logs.GetValueOrDefault(new TopicPartition(t.Topic, p.Partition))?.Count ?? 0,
                    })],
                })],
            };
        }
    }
}
