using Akka.Broker.Client;
using Akka.Broker.Client.Admin;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>A record is the same through every door: what the SDK writes, stock clients read, and the reverse, in each codec.</summary>
public sealed class TwoDoorsSpec : IClassFixture<CheckedBroker>, IAsyncLifetime
{
    private const int Count = 500;

    private readonly CheckedBroker _broker;
    private readonly SdkApplication _app;

    public TwoDoorsSpec(CheckedBroker broker)
    {
        _broker = broker;
        _app = new SdkApplication(broker.Bootstrap);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task What_the_SDK_writes_a_stock_client_reads_alike(CompressionType codec)
    {
        var topic = $"sdk-writes-{codec}";
        await MakeAsync(topic);
        var written = WireRecord.Samples(Count);

        await using (var producer = _app.Client.CreateProducer(_app.Client.ProducerSettings with { Compression = codec, Linger = TimeSpan.FromMilliseconds(20) }))
        {
            var reports = new List<Task<DeliveryReport>>();
            foreach (var record in written)
                reports.Add(producer.SendAsync(ToSend(topic, record)).AsTask());
            var delivered = await Task.WhenAll(reports);
            Assert.Equal(written.Select(r => (r.Partition, r.Offset, r.Timestamp)), delivered.Select(d => (d.Partition, d.Offset, d.TimestampMs)));
        }

        var read = (await Python.RunAsync("records_dump.py", _broker.Bootstrap, topic, Count.ToString())).MustSucceed().Lines.Select(WireRecord.Parse);
        AssertSame(written, read);
        await AssertKcatSeesAsync(topic, written);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task What_a_stock_client_writes_the_SDK_reads_alike(string codec)
    {
        var topic = $"sdk-reads-{codec}";
        await MakeAsync(topic);
        var written = WireRecord.Samples(Count);

        await using (var writer = Python.Start("records_write.py", _broker.Bootstrap, topic, codec))
        {
            foreach (var record in written)
                await writer.Input.WriteLineAsync(record.ToLine());
            writer.Input.Close();
            Assert.Equal($"ok {Count}", (await writer.EndAsync()).MustSucceed().Lines[^1]);
        }

        var read = new List<WireRecord>();
        await using var consumer = _app.Client.CreateConsumer(Serializers.Bytes, Serializers.Bytes);
        await consumer.AssignAsync([new TopicPartition(topic, 0), new TopicPartition(topic, 1)], StartPoint.Beginning);
        await foreach (var record in consumer)
        {
            read.Add(ToWire(record));
            if (read.Count == Count)
                break;
        }

        AssertSame(written, read);
    }

    /// <summary>The records are of another year: nothing may expire.</summary>
    private Task MakeAsync(string topic) => _app.Client.Admin.CreateTopicsAsync(
        [new NewTopic(topic, 2, 1) { Configs = new Dictionary<string, string> { ["retention.ms"] = "-1" } }]).OrThrow();

    private static ProducerRecord<byte[]?, byte[]?> ToSend(string topic, WireRecord record) =>
        new(topic, WireRecord.Bytes(record.Key), WireRecord.Bytes(record.Value))
        {
            Partition = record.Partition,
            Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp),
            Headers = [.. record.Headers.Select(header => new RecordHeader(header[0]!, WireRecord.Bytes(header[1])))],
        };

    private static WireRecord ToWire(ConsumerRecord<byte[]?, byte[]?> record) => new(
        record.Partition,
        record.Offset,
        record.TimestampMs,
        WireRecord.Text(record.Key),
        WireRecord.Text(record.Value),
        [.. record.Headers.Select(header => new[] { header.Key, WireRecord.Text(header.Value) })]);

    private static void AssertSame(IEnumerable<WireRecord> written, IEnumerable<WireRecord> read) => Assert.Equal(
        written.OrderBy(r => r.Partition).ThenBy(r => r.Offset).Select(r => r.ToLine()),
        read.OrderBy(r => r.Partition).ThenBy(r => r.Offset).Select(r => r.ToLine()));

    /// <summary>kcat prints bytes as they are, so it is asked for what it can tell of any: places, times, sizes.</summary>
    private async Task AssertKcatSeesAsync(string topic, WireRecord[] written)
    {
        var lines = (await Tool.RunAsync("kcat", "-b", _broker.Bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p %o %T %K %S\n")).MustSucceed().Lines;
        var expected = written.Select(r => $"{r.Partition} {r.Offset} {r.Timestamp} {WireRecord.Bytes(r.Key)?.Length ?? -1} {WireRecord.Bytes(r.Value)?.Length ?? -1}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
    }
}
