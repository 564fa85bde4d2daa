using System.Collections.Concurrent;
using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK's consumer against a broker process, beside stock clients.</summary>
public sealed class SdkConsumerSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Records_of_kcat_are_read_with_keys_headers_and_timestamps_in_each_codec()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-codecs");
        string[] codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
        foreach (var codec in codecs)
            await ProduceAsync("sdk-codecs", 1, 20, $"-H codec={codec} -z {codec}");
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var consumer = app.Consumer("codecs");
        await consumer.AssignAsync([new TopicPartition("sdk-codecs", 0)], StartPoint.Beginning);

        var offset = 0L;
        await foreach (var record in consumer)
        {
            Assert.Equal(offset, record.Offset);
            Assert.Equal(($"k{(offset % 20) + 1}", $"{(offset % 20) + 1}"), (record.Key, record.Value));
            Assert.Equal(codecs[offset / 20], System.Text.Encoding.UTF8.GetString(record.Headers.Single(h => h.Key == "codec").Value!));
            Assert.InRange(record.Timestamp, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
            if (++offset == 100)
                break;
        }
    }

    [Fact]
    public async Task Pause_seek_lag_commit_and_explanation_say_and_do_what_they_should()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-moves");
        await ProduceAsync("sdk-moves", 1, 50);
        await using var app = new SdkApplication(broker.Bootstrap);
        var partition = new TopicPartition("sdk-moves", 0);
        await using var reader = new SdkReader(app.Consumer("moves", s => s with { AutoCommit = false }), out var consumer);
        await consumer.AssignAsync([partition]);
        await reader.UntilAsync(r => r.Records.Count == 50, "all is read");
        Assert.Equal(50, await consumer.PositionAsync(partition));
        Assert.Equal((0, TimeSpan.Zero), ((await consumer.LagAsync()).Single().Records, (await consumer.LagAsync()).Single().Time));
        Assert.StartsWith("All is read", (await consumer.ExplainAsync()).Summary);

        await consumer.PauseAsync(partition);
        await ProduceAsync("sdk-moves", 51, 60);
        await consumer.SeekAsync(partition, 45);
        Assert.StartsWith("All partitions are paused", (await consumer.ExplainAsync()).Summary);
        await consumer.ResumeAsync(partition);
        await reader.UntilAsync(r => r.Records.Count == 65, "it went on from offset 45");
        Assert.Equal(Enumerable.Range(45, 15).Select(o => (long)o), reader.Records.Skip(50).Select(r => r.Offset));

        await consumer.CommitAsync(new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(42, "so far") });
        var committed = (await consumer.CommittedAsync(partition))[partition];
        Assert.Equal((42, "so far"), (committed.Offset, committed.Metadata));
        await consumer.SeekAsync(partition, StartPoint.Committed);
        await reader.UntilAsync(r => r.Records.Count == 65 + 18, "it went on at the committed offset");
        await consumer.SeekAsync(partition, DateTimeOffset.UtcNow.AddHours(1));
        await reader.UntilAsync(_ => consumer.PositionAsync(partition).Result == 60, "a time after all records is the end");
    }

    [Theory]
    [InlineData("cooperative-sticky")]
    [InlineData("range")]
    public async Task A_group_is_shared_with_librdkafka(string assignor)
    {
        var topic = $"sdk-shared-{assignor}";
        await Admin.CreateTopicAsync(broker.Bootstrap, topic, 6);
        await using var confluent = Python.Start("confluent_group_member.py", broker.Bootstrap, topic, topic, assignor);
        await confluent.LineAsync(line => line.StartsWith("assigned", StringComparison.Ordinal) && line.Split(' ').Length == 7, Limit);
        await using var app = new SdkApplication(broker.Bootstrap);
        await using (var reader = new SdkReader(app.Consumer(topic, s => s with { Assignors = [assignor] }), out var consumer))
        {
            await consumer.SubscribeAsync([topic]);
            await reader.UntilAsync(r => Assigned(r) == 3, "half of the partitions are assigned");
            await ProduceAsync(topic, 1, 600);
            await reader.UntilAsync(r => r.Records.Select(x => x.Value!).Concat(Values(confluent)).Distinct().Count() == 600, "all is read by one or the other");
            Assert.NotEmpty(Values(confluent));
            Assert.NotEmpty(reader.Records);
        }
        await ProduceAsync(topic, 601, 700);
        await WaitAsync(() => Values(confluent).Distinct().Count(v => int.Parse(v) > 600) == 100, "the other member has got the partitions");
    }

    [Fact]
    public async Task A_member_that_comes_and_goes_under_load_stops_no_partition_that_stays()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-steady", 4);
        await using var load = Tool.Shell($"for i in $(seq 1 100000); do echo k$i:$i; sleep 0.002; done | kcat -b {broker.Bootstrap} -P -t sdk-steady -K: -X linger.ms=5");
        await using var app = new SdkApplication(broker.Bootstrap);
        // In no group: what keeps this one waiting is the load or the machine, and no rebalance.
        await using var outsider = new SdkReader(app.Consumer("outside"), out var alone);
        await alone.AssignAsync([.. Enumerable.Range(0, 4).Select(p => new TopicPartition("sdk-steady", p))], StartPoint.Beginning);
        await using var first = new SdkReader(app.Consumer("steady"), out var consumer);
        await consumer.SubscribeAsync(["sdk-steady"]);
        await first.UntilAsync(r => Assigned(r) == 4 && r.Records.Count > 200, "it consumes all partitions");

        await using (var second = new SdkReader(app.Consumer("steady"), out var joining))
        {
            await joining.SubscribeAsync(["sdk-steady"]);
            await second.UntilAsync(r => Assigned(r) == 2 && r.Records.Count > 200, "the new member has its half");
        }
        await first.UntilAsync(r => Assigned(r) == 4, "all came back");
        var kept = first.Events.OfType<PartitionsRevoked>().Aggregate(Enumerable.Range(0, 4), (left, e) => left.Except(e.Partitions.Select(p => p.Partition))).ToList();
        Assert.Equal(2, kept.Count);
        foreach (var partition in kept)
            Assert.InRange(SilenceMsMax(first, partition), 0, SilenceMsMax(outsider, partition) + 1_000);
        Assert.Empty(first.Events.OfType<PartitionsLost>());
    }

    [Fact]
    public async Task A_handler_that_throws_hangs_or_is_slow_stops_no_other_key()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-poison");
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-dead");
        (await Tool.RunShellAsync(
            $"seq 1 400 | awk '{{k = $1 % 40; print (k == 7 ? \"bad\" : k == 8 ? \"hang\" : k == 9 ? \"slow\" : \"k\" k) \":\" $1}}' | kcat -b {broker.Bootstrap} -P -t sdk-poison -K: -H h=1")).MustSucceed();
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var consumer = app.Consumer("poison", s => s with { HandlerSlowAfter = TimeSpan.FromSeconds(1) });
        var handled = new ConcurrentQueue<(string Key, int Value)>();
        var events = new ConcurrentQueue<ConsumerEvent>();
        consumer.Told += events.Enqueue;
        await consumer.SubscribeAsync(["sdk-poison"]);
        using var stop = new CancellationTokenSource();
        using var blocked = new ManualResetEventSlim();
        var options = new HandlerOptions
        {
            Parallelism = 4,
            Timeout = TimeSpan.FromSeconds(5),
            Retry = new RetryPolicy { AttemptsMax = 2, Delay = TimeSpan.FromMilliseconds(50), DeadLetterTopic = "sdk-dead" },
        };
        var running = consumer.RunAsync(
            async (record, cancelled) =>
            {
                if (record.Key == "bad")
                    throw new InvalidOperationException($"cannot handle {record.Value}");
                if (record is { Key: "hang", Value: "8", Attempt: 1 })
                    await new TaskCompletionSource().Task;
                if (record is { Key: "hang", Value: "8" })
                    blocked.Wait(CancellationToken.None);
                if (record.Key == "slow")
                    await Task.Delay(50, cancelled);
                handled.Enqueue((record.Key!, int.Parse(record.Value!)));
            },
            options,
            stop.Token);

        await WaitAsync(() => handled.Distinct().Count(h => h.Key.StartsWith('k')) == 370, "the good keys are through while one hangs");
        Assert.DoesNotContain(handled, h => h.Key == "hang");
        await WaitAsync(() => events.OfType<RecordDeadLettered>().Count() == 11, "the bad ones and the one that hangs are dead letters");
        await WaitAsync(() => handled.Distinct().Count() == 389, "what stood behind the one that hangs is handled");
        Assert.Contains(events, e => e is HandlerTooSlow);
        // One that the machine kept from ending in time was tried again.
        foreach (var key in handled.Distinct().GroupBy(h => h.Key))
            Assert.Equal(key.Select(h => h.Value).Order(), key.Select(h => h.Value));
        await WaitAsync(() => consumer.CommittedAsync(new TopicPartition("sdk-poison", 0)).Result.Values.SingleOrDefault()?.Offset == 400, "all is committed");
        await stop.CancelAsync();
        await running;
        blocked.Set();

        var letters = (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-C", "-t", "sdk-dead", "-e", "-q", "-f", "%k %s %h\\n")).MustSucceed().Lines;
        Assert.Equal(11, letters.Length);
        var letter = Assert.Single(letters, l => l.StartsWith("bad 7 ", StringComparison.Ordinal));
        foreach (var header in new[] { "h=1", "dead-letter.error=cannot handle 7", "dead-letter.topic=sdk-poison", "dead-letter.partition=0", "dead-letter.offset=6", "dead-letter.attempts=2", "dead-letter.group=poison" })
            Assert.Contains(header, letter, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_finished_is_delivered_again_and_nothing_is_skipped()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-again");
        await ProduceAsync("sdk-again", 1, 100);
        await using var app = new SdkApplication(broker.Bootstrap);
        var first = new ConcurrentQueue<string>();
        await using (var consumer = app.Consumer("again", s => s with { DrainTimeout = TimeSpan.FromMilliseconds(100) }))
        {
            await consumer.SubscribeAsync(["sdk-again"]);
            using var stop = new CancellationTokenSource();
            // One record never ends: what is behind it is handled, but not committed.
            _ = consumer.RunAsync(
                async (record, _) =>
                {
                    if (record.Value == "30")
                        await new TaskCompletionSource().Task;
                    first.Enqueue(record.Value!);
                },
                new HandlerOptions { Parallelism = 3, Timeout = null },
                stop.Token);
            await WaitAsync(() => first.Count == 99, "all the others are handled");
            await WaitAsync(() => consumer.CommittedAsync(new TopicPartition("sdk-again", 0)).Result.Values.SingleOrDefault()?.Offset == 29, "the prefix is committed");
        }
        await using var second = new SdkReader(app.Consumer("again"), out var next);
        await next.SubscribeAsync(["sdk-again"]);
        await second.UntilAsync(r => r.Records.Count >= 71, "the rest is delivered again");
        Assert.Equal(Enumerable.Range(29, 71).Select(o => (long)o), second.Records.Select(r => r.Offset));
    }

    private static int Assigned(SdkReader reader) => reader.Assigned.Count;

    /// <summary>The longest time between two records of a partition.</summary>
    private static long SilenceMsMax(SdkReader reader, int partition)
    {
        var times = reader.Records.Where(r => r.Partition.Partition == partition).Select(r => r.AtMs).ToList();
        return times.Zip(times.Skip(1), (a, b) => b - a).Max();
    }

    private static List<string> Values(Tool member) =>
        [.. member.Output.Split('\n').Where(l => l.StartsWith("record ", StringComparison.Ordinal)).Select(l => l.Split(' ')[3])];

    private async Task ProduceAsync(string topic, int from, int to, string options = "") =>
        (await Tool.RunShellAsync($"seq {from} {to} | awk '{{print \"k\" $1 \":\" $1}}' | kcat -b {broker.Bootstrap} -P -t {topic} -K: {options}")).MustSucceed();

    private static Task WaitAsync(Func<bool> holds, string what) => SdkWaits.UntilAsync(holds, Limit, () => what);
}
