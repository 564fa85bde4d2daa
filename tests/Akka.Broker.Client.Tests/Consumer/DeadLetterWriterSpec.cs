using System.Text;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Client.Producing;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>Dead letters over logs in memory, while brokers fail.</summary>
public sealed class DeadLetterWriterSpec : IAsyncDisposable
{
    private readonly MemoryClusterClient _cluster = new();
    private readonly MemoryLogs _logs;
    private readonly List<BrokerClientException> _retries = [];
    private readonly DeadLetterWriter _writer;

    public DeadLetterWriterSpec()
    {
        _logs = new MemoryLogs(_cluster);
        var config = ConfigurationFactory.ParseString("akka.broker.client { retry-backoff = 1ms, retry-backoff-max = 2ms }");
        var seams = new ProducerSeams(TimeProvider.System, new Random(1), null, fault => Assert.Fail($"{fault}")) { OnRetry = _retries.Add };
        _writer = new DeadLetterWriter(
            _cluster,
            () => new ProducerCore(DeadLetterWriter.SettingsOf(ProducerSettings.Of(config)), ClientSettings.Of(config), _cluster.OnLane("dead-letters"), seams),
            TimeProvider.System);
    }

    [Fact]
    public async Task A_letter_whose_answers_are_lost_is_stored_once_and_each_loss_is_told()
    {
        _cluster.SetTopic("dead", 1);
        var lost = 0;
        _logs.BeforeAnswer = _ => Interlocked.Increment(ref lost) <= 3 ? throw new BrokerUnreachableException("lost") : Task.CompletedTask;

        await WriteAsync("first", 0);
        await WriteAsync("second", 0);

        Assert.Equal(["first", "second"], _logs.Values("dead", 0));
        Assert.Equal(3, _retries.Count);
    }

    [Fact]
    public async Task A_letter_is_tried_until_there_are_enough_replicas()
    {
        _cluster.SetTopic("dead", 1);
        var refused = 0;
        _logs.Before = (_, _, _) => Interlocked.Increment(ref refused) <= 5 ? ErrorCode.NotEnoughReplicas : ErrorCode.None;

        await WriteAsync("letter", 0);

        Assert.Equal(["letter"], _logs.Values("dead", 0));
        Assert.All(_retries, e => Assert.Equal(ErrorCode.NotEnoughReplicas, e.ErrorCode));
    }

    [Fact]
    public async Task Letters_of_a_partition_stay_together()
    {
        _cluster.SetTopic("dead", 1, 2);
        for (var i = 0; i < 6; i++)
            await WriteAsync($"{i}", origin: i % 3);

        Assert.Equal(["0", "2", "3", "5"], _logs.Values("dead", 0));
        Assert.Equal(["1", "4"], _logs.Values("dead", 1));
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_said()
    {
        var failure = await Assert.ThrowsAsync<BrokerClientException>(() => WriteAsync("letter", 0));

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, failure.ErrorCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private Task WriteAsync(string value, int origin) =>
        _writer.WriteAsync("dead", new TopicPartition("orders", origin), Kept(value), 3, new InvalidOperationException("cannot"), "group");

    private static KeptRecord Kept(string value)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, "key"u8.ToArray(), Encoding.UTF8.GetBytes(value));
        using var reader = new ChunkReader(checksCrc: true, int.MaxValue);
        reader.Open(new FetchedChunk(new PartitionDelivery(new TopicPartition("orders", 0), 0, -1), builder.ToArray(), new FetchLease(new MemoryStream())) { FromOffset = 0, NextOffset = 1 });
        Assert.True(reader.MoveNext());
        return new KeptRecord(reader);
    }
}
