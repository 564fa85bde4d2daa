using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Tests.Producer;

/// <summary>What an application sees of a producer while nothing goes wrong.</summary>
public sealed class ProducerSpec : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private ProducerTestContext _context = new();

    [Fact]
    public async Task Record_is_delivered_with_its_partition_offset_and_time()
    {
        _context.Cluster.SetTopic("t", 1, 2);
        await _context.SendAsync("a", 1);
        var record = new ProducerRecord<string?, string?>("t", "k", "b") { Partition = 1, Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(77) };
        var report = await _context.Producer.SendAsync(record);
        Assert.Equal(new DeliveryReport("t", 1, 1, 77, null), report);
        Assert.Equal(["a", "b"], _context.Logs.Values("t", 1));
    }

    [Fact]
    public async Task Many_records_are_sent_together_and_keep_their_order()
    {
        await UseAsync("linger = 5ms");
        _context.Cluster.SetTopic("t", 1);
        var sent = Enumerable.Range(0, 500).Select(i => _context.SendAsync($"{i}").AsTask()).ToArray();
        await _context.AdvanceUntilAsync(Task.WhenAll(sent), TimeSpan.FromMilliseconds(5));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), sent.Select(s => s.Result.Offset));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), _context.Logs.Values("t", 0));
        Assert.True(_context.Cluster.Asked.Count(a => a.Request is ProduceRequest) <= 3);
    }

    [Fact]
    public async Task Batch_that_is_not_full_lingers_until_its_time_or_a_flush()
    {
        await UseAsync("linger = 1h, delivery-timeout = 1000h");
        _context.Cluster.SetTopic("t", 1);
        var sent = _context.SendAsync("a").AsTask();
        Assert.False(sent.IsCompleted);
        await _context.Producer.FlushAsync();
        Assert.True(sent.IsCompletedSuccessfully || (await sent).IsDelivered);
        var later = _context.SendAsync("b").AsTask();
        await _context.AdvanceUntilAsync(later, TimeSpan.FromHours(1));
        Assert.Equal(1, (await later).Offset);
    }

    [Fact]
    public async Task Key_chooses_the_partition_by_kafkas_hash()
    {
        _context.Cluster.SetTopic("t", [.. Enumerable.Repeat(1, 12)]);
        var report = await _context.Producer.SendAsync("t", "foobar", "v");
        Assert.Equal((-790332482 & int.MaxValue) % 12, report.Partition);
    }

    [Fact]
    public async Task Partitioner_of_the_application_chooses_where_the_record_does_not()
    {
        await _context.DisposeAsync();
        _context = new ProducerTestContext(partitioner: new LengthPartitioner());
        _context.Cluster.SetTopic("t", 1, 1, 1);
        Assert.Equal(2, (await _context.Producer.SendAsync("t", "kk", "v")).Partition);
        Assert.Equal(0, (await _context.SendAsync("v", partition: 0)).Partition);
        await Assert.ThrowsAsync<DeliveryException>(async () => await _context.Producer.SendAsync("t", "much too long", "v"));
    }

    [Fact]
    public async Task Handler_is_told_of_each_record_in_order_and_one_that_throws_harms_nobody()
    {
        _context.Cluster.SetTopic("t", 1);
        var told = new List<long>();
        for (var i = 0; i < 100; i++)
        {
            await _context.Producer.PostAsync(new ProducerRecord<string?, string?>("t", null, $"{i}"), report =>
            {
                told.Add(report.Offset);
                if (report.Offset == 50)
                    throw new InvalidOperationException("the application's mistake");
            });
        }
        await _context.Producer.FlushAsync();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), told);
        Assert.Single(_context.Faults);
    }

    [Fact]
    public async Task Flush_waits_for_a_handler_that_is_being_told()
    {
        _context.Cluster.SetTopic("t", 1);
        using var entered = new SemaphoreSlim(0);
        using var leave = new SemaphoreSlim(0);
        await _context.Producer.PostAsync(new ProducerRecord<string?, string?>("t", null, "a"), _ =>
        {
            entered.Release();
            Assert.True(leave.Wait(Patience));
        });
        Assert.True(await entered.WaitAsync(Patience));

        var flushed = _context.Producer.FlushAsync();

        Assert.False(flushed.IsCompleted);
        leave.Release();
        await flushed;
        Assert.Empty(_context.Faults);
    }

    [Fact]
    public async Task Requests_that_are_compressed_side_by_side_leave_in_their_order()
    {
        await UseAsync("compression = gzip, batch-size = 20KiB");
        _context.Cluster.SetTopic("t", 1);
        await _context.SendAsync("first");
        var random = new Random(1);

        // Every other batch takes much longer to compress.
        var sent = Enumerable.Range(0, 400).Select(i => _context.SendAsync($"{i} {Text(i / 10 % 2 == 0)}").AsTask()).ToArray();
        await Task.WhenAll(sent);

        Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), sent.Select(s => s.Result.Offset));
        Assert.Equal(0, _context.Logs.OutOfOrder);

        string Text(bool isHard) => isHard ? string.Concat(Enumerable.Range(0, 2000).Select(_ => (char)random.Next('0', 'z'))) : new string('x', 2000);
    }

    [Fact]
    public async Task Nulls_headers_and_every_codec_arrive()
    {
        foreach (var codec in new[] { "none", "gzip", "snappy", "lz4", "zstd" })
        {
            await UseAsync($"compression = {codec}");
            _context.Cluster.SetTopic("t", 1);
            RecordHeader[] headers = [new("h", [1, 2]), new("n", null)];
            var sent = _context.Producer.SendAsync(new ProducerRecord<string?, string?>("t", "k", null) { Headers = headers });
            await _context.Producer.SendAsync("t", null, new string('x', 5000));
            await sent;
            Assert.Equal([null, new string('x', 5000)], _context.Logs.Values("t", 0));
        }
    }

    [Fact]
    public async Task Acks_none_reports_without_an_offset()
    {
        await UseAsync("acks = none, idempotence = off");
        _context.Cluster.SetTopic("t", 1);
        var report = await _context.SendAsync("a");
        Assert.Equal((true, -1L), (report.IsDelivered, report.Offset));
        Assert.Equal(["a"], _context.Logs.Values("t", 0));
    }

    [Fact]
    public async Task Record_larger_than_a_request_is_refused_at_once()
    {
        await UseAsync("max-request-size = 1000");
        var refusal = await Assert.ThrowsAsync<DeliveryException>(async () => await _context.SendAsync(new string('x', 1000)));
        Assert.Equal(ErrorCode.MessageTooLarge, refusal.ErrorCode);
    }

    [Fact]
    public async Task Topic_that_is_made_later_gets_the_records_that_wait_for_it_in_order()
    {
        var sent = Enumerable.Range(0, 10).Select(i => _context.SendAsync($"{i}").AsTask()).ToArray();
        _context.Cluster.SetTopic("t", 1);
        await Task.WhenAll(sent);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), _context.Logs.Values("t", 0));
    }

    [Fact]
    public async Task Topic_that_is_not_made_in_time_fails_its_records()
    {
        var sent = _context.SendAsync("a").AsTask();
        await _context.AdvanceUntilAsync(sent.ContinueWith(_ => { }), TimeSpan.FromSeconds(5));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await Assert.ThrowsAsync<DeliveryException>(() => sent)).ErrorCode);
    }

    [Fact]
    public async Task Full_memory_makes_posting_wait_and_loses_nothing()
    {
        await UseAsync("buffer-memory = 40KiB, batch-size = 4KiB");
        _context.Cluster.SetTopic("t", 1);
        var release = new TaskCompletionSource();
        _context.Logs.BeforeAnswer = _ => release.Task;
        var posted = new List<Task>();
        var delivered = 0;
        for (var i = 0; i < 100; i++)
            posted.Add(_context.Producer.PostAsync(new ProducerRecord<string?, string?>("t", null, $"{i} {new string('x', 500)}"), _ => delivered++).AsTask());
        Assert.True(posted[0].IsCompletedSuccessfully);
        Assert.False(posted[^1].IsCompleted);
        release.SetResult();
        await Task.WhenAll(posted);
        await _context.Producer.FlushAsync();
        Assert.Equal(100, delivered);
        Assert.Equal(Enumerable.Range(0, 100), _context.Logs.Values("t", 0).Select(v => int.Parse(v!.Split(' ')[0])));
    }

    [Fact]
    public async Task Who_never_awaits_is_refused_when_the_room_for_waiting_is_full_too()
    {
        await UseAsync("buffer-memory = 20KiB, batch-size = 4KiB");
        _context.Cluster.SetTopic("t", 1);
        var release = new TaskCompletionSource();
        _context.Logs.BeforeAnswer = _ => release.Task;
        Assert.Throws<ProducerBufferFullException>(() =>
        {
            for (var i = 0; i < 1000; i++)
                _ = _context.Producer.PostAsync(new ProducerRecord<string?, string?>("t", null, new string('x', 500)));
        });
        release.SetResult();
    }

    [Fact]
    public async Task Disposing_delivers_what_was_taken_and_takes_no_more()
    {
        await UseAsync("linger = 1h, delivery-timeout = 2h");
        _context.Cluster.SetTopic("t", 1);
        var sent = _context.SendAsync("a").AsTask();
        await _context.Producer.DisposeAsync();
        Assert.True((await sent).IsDelivered);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _context.SendAsync("b"));
        Assert.Equal(["producer"], _context.Cluster.ClosedLanes);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private async Task UseAsync(string settings)
    {
        await _context.DisposeAsync();
        _context = new ProducerTestContext(settings);
    }

    private sealed class LengthPartitioner : IPartitioner
    {
        public int Choose(string topic, ReadOnlySpan<byte> key, bool isKeyNull, ReadOnlySpan<byte> value, int partitionCount) => key.Length;
    }
}
