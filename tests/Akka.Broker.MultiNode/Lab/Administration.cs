using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>What no stock client here can ask: moves, elections and settings, by the requests that Kafka's own tools send, to any node.</summary>
public static class Administration
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Begins a move of the partition to these replicas; null ends the one under way.</summary>
    public static async Task MoveAsync(this Cluster cluster, string topic, int partition, int[]? replicas)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Replicas = replicas }] }],
            TimeoutMs = (int)Limit.TotalMilliseconds,
        };
        var response = await AskAsync<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(cluster, request, 0);
        var result = response.Responses[0].Partitions[0];
        Assert.Equal((ErrorCode.None, ErrorCode.None, null), (response.ErrorCode, result.ErrorCode, result.ErrorMessage));
    }

    /// <summary>The moves under way, as the node sees them.</summary>
    public static async Task<IReadOnlyList<ListPartitionReassignmentsResponse.OngoingPartitionReassignment>> MovesAsync(Node asked, string topic)
    {
        var response = await WireClient.AskAsync<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(
            asked, new ListPartitionReassignmentsRequest { Topics = null }, 0, Limit);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return [.. response.Topics.Where(t => t.Name == topic).SelectMany(t => t.Partitions)];
    }

    /// <summary>Has the preferred replica lead, or any at all. False where the controller sees no need: it takes the present leader for a good one.</summary>
    public static async Task<bool> ElectAsync(this Cluster cluster, string topic, int partition, bool isUnclean)
    {
        var request = new ElectLeadersRequest
        {
            ElectionType = (sbyte)(isUnclean ? 1 : 0),
            TopicPartitions = [new() { Topic = topic, Partitions = [partition] }],
            TimeoutMs = (int)Limit.TotalMilliseconds,
        };
        var response = await AskAsync<ElectLeadersRequest, ElectLeadersResponse>(cluster, request, 2);
        var result = response.ReplicaElectionResults[0].PartitionResults[0];
        if (result.ErrorCode == ErrorCode.ElectionNotNeeded)
            return false;
        Assert.Equal((ErrorCode.None, ErrorCode.None, null), (response.ErrorCode, result.ErrorCode, result.ErrorMessage));
        return true;
    }

    /// <summary>Sets or, with null, takes back what a topic's moves are held to, on every node.</summary>
    public static async Task ThrottleAsync(this Cluster cluster, string topic, long? bytesPerSecond)
    {
        var operation = (sbyte)(bytesPerSecond is null ? 1 : 0);
        var request = new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                Resource(2, topic, "*", "leader.replication.throttled.replicas", "follower.replication.throttled.replicas"),
                .. cluster.Nodes.Select(n => Resource(4, $"{n.Id}", $"{bytesPerSecond}", "leader.replication.throttled.rate", "follower.replication.throttled.rate")),
            ],
        };
        var response = await AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(cluster, request, 1);
        Assert.All(response.Responses, r => Assert.Equal((ErrorCode.None, null), (r.ErrorCode, r.ErrorMessage)));

        IncrementalAlterConfigsRequest.AlterConfigsResource Resource(sbyte type, string name, string value, params string[] keys) => new()
        {
            ResourceType = type,
            ResourceName = name,
            Configs = [.. keys.Select(k => new IncrementalAlterConfigsRequest.AlterableConfig { Name = k, ConfigOperation = operation, Value = operation == 0 ? value : null })],
        };
    }

    /// <summary>The bytes of the partition's log on the node; 0 if it has none.</summary>
    public static async Task<long> LogBytesAsync(Node node, string topic, int partition)
    {
        var response = await WireClient.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(
            node, new DescribeLogDirsRequest { Topics = [new() { Topic = topic, Partitions = [partition] }] }, 1, Limit);
        return response.Results.SelectMany(r => r.Topics).SelectMany(t => t.Partitions).Sum(p => p.PartitionSize);
    }

    /// <summary>Deletes all records of the partition that are there now. Returns the first offset that stays.</summary>
    public static async Task<long> TrimAsync(this Cluster cluster, string topic, int partition)
    {
        var request = new DeleteRecordsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Offset = -1 }] }],
            TimeoutMs = (int)Limit.TotalMilliseconds,
        };
        var leader = await cluster.LeaderAsync(topic, partition);
        var response = await WireClient.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(leader, request, 2, Limit);
        var result = response.Topics[0].Partitions[0];
        Assert.Equal(ErrorCode.None, result.ErrorCode);
        return result.LowWatermark;
    }

    /// <summary>What the node answers to a record for a partition that it leads.</summary>
    public static async Task<ErrorCode> ProduceAsync(this Node leader, string topic, int partition, byte[] value)
    {
        using var batch = new RecordBatchBuilder();
        batch.Append(0, default, value);
        var request = new ProduceRequest
        {
            Acks = 1,
            TimeoutMs = (int)Limit.TotalMilliseconds,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new MemoryRecords(batch.Build()) }] }],
        };
        var response = await WireClient.AskAsync<ProduceRequest, ProduceResponse>(leader, request, 9, Limit);
        return response.Responses[0].PartitionResponses[0].ErrorCode;
    }

    private static Task<TResponse> AskAsync<TRequest, TResponse>(Cluster cluster, TRequest request, short version)
        where TRequest : IRequest
        where TResponse : IResponse, new() =>
        WireClient.AskAsync<TRequest, TResponse>(cluster.Alive.First(), request, version, Limit);
}
