using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Groups.Lag;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Interbroker;

namespace Akka.Broker.Tests.Groups.Lag;

public sealed class PartitionPositionsSpec : IDisposable
{
    private static readonly BrokerAddress Other = new("host2", 9093);
    private static readonly long FirstMs = DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds();
    private readonly MetadataCache _metadata = new();
    private readonly MemoryBrokerConnections _brokers = new();
    private readonly LedLogs _logs;
    private readonly PartitionPositions _positions;

    public PartitionPositionsSpec()
    {
        _metadata.PublishBrokers();
        _logs = new LedLogs(_metadata);
        _positions = new PartitionPositions(new LocalPositions(_logs.Led, new LedPartitions()), _metadata, TestTopics.Listener, _brokers);
    }

    public void Dispose()
    {
        _positions.Dispose();
        _logs.Dispose();
    }

    private async Task<long?> TimestampAsync(TopicPartition partition, long offset)
    {
        var place = new TopicPartitionOffset(partition, offset);
        var found = await _positions.TimestampsAsync([place], default);
        return found.TryGetValue(place, out var time) ? time : null;
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    public async Task The_time_of_a_record_in_the_middle_of_a_batch_is_its_own(CompressionType compression)
    {
        _metadata.PublishTopic("t", TestTopics.ThisNode);
        var led = _logs.Lead("t");
        LedLogs.Append(led, records: 5);
        LedLogs.Append(led, records: 5, options: new RecordBatchOptions { Compression = compression });

        Assert.Equal(10, (await _positions.EndsAsync([new("t", 0)], default))[new("t", 0)]);
        Assert.Equal(FirstMs, await TimestampAsync(new("t", 0), 0));
        Assert.Equal(FirstMs + 3, await TimestampAsync(new("t", 0), 3));
        Assert.Equal(FirstMs + 2, await TimestampAsync(new("t", 0), 7));
        Assert.Empty(_brokers.Asked);
    }

    [Fact]
    public async Task What_is_not_committed_or_not_there_any_more_has_no_time()
    {
        _metadata.PublishTopic("t", TestTopics.ThisNode);
        var led = _logs.Lead("t");
        LedLogs.Append(led, records: 5, publish: false);

        Assert.Null(await TimestampAsync(new("t", 0), 0));
        Assert.Null(await TimestampAsync(new("t", 0), 50));
        Assert.Null(await TimestampAsync(new("gone", 0), 0));
    }

    [Fact]
    public async Task Partitions_without_a_replica_here_are_asked_of_their_leader()
    {
        _metadata.PublishTopic("far", TestTopics.OtherNode);
        _brokers.Answer<ListOffsetsRequest, ListOffsetsResponse>(
            request => new ListOffsetsResponse
            {
                Topics = [new() { Name = Assert.Single(request.Topics).Name, Partitions = [new() { PartitionIndex = 0, Offset = 12 }] }],
            },
            Other);
        var stored = TestTopics.Batch(records: 4);
        RecordBatch.Assign(stored, 8, 5);
        _brokers.Answer<FetchRequest, FetchResponse>(
            request => new FetchResponse
            {
                Responses = [new() { Topic = Assert.Single(request.Topics).Topic, Partitions = [new() { PartitionIndex = 0, Records = new MemoryRecords(stored) }] }],
            },
            Other);

        Assert.Equal(12, (await _positions.EndsAsync([new("far", 0)], default))[new("far", 0)]);
        Assert.Equal(FirstMs + 2, await TimestampAsync(new("far", 0), 10));
    }

    [Fact]
    public async Task A_leader_that_is_away_costs_its_own_partitions_only()
    {
        _metadata.PublishTopic("t", TestTopics.ThisNode);
        _metadata.PublishTopic("far", TestTopics.OtherNode);
        _brokers.Cut(Other);
        LedLogs.Append(_logs.Lead("t"));

        var ends = await _positions.EndsAsync([new("t", 0), new("far", 0)], default);

        Assert.Equal(new Dictionary<TopicPartition, long> { [new("t", 0)] = 1 }, ends);
    }
}
