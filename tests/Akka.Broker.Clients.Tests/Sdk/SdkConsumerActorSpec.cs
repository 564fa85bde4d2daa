using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Protocol;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>Records delivered to actors, by a broker process.</summary>
public sealed class SdkConsumerActorSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_target_gets_as_many_records_as_it_asks_for_and_commits_what_it_says_it_has_done()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-target");
        await ProduceAsync("sdk-target", 100);
        await using var app = new SdkApplication(broker.Bootstrap);
        var inbox = new ConcurrentQueue<object>();
        var target = app.System.ActorOf(Props.Create(() => new Inbox(inbox)));
        var consumer = app.System.ActorOf(ConsumerActor.Props(app.Client, Utf8.Instance, Utf8.Instance, target, app.Settings("target")));
        await consumer.Ask<ConsumerDone>(new Subscribe(["sdk-target"]));
        await WaitAsync(() => inbox.OfType<PartitionsAssigned>().Any(), "its partition is assigned");
        var partition = new TopicPartition("sdk-target", 0);
        await WaitAsync(() => consumer.Ask<ConsumerExplanation>(new ExplainConsumer()).Result.IsWaitingForDemand, "records wait to be asked for");
        Assert.Empty(inbox.OfType<ConsumedRecords<string?, string?>>());

        consumer.Tell(new RequestRecords(30));
        await WaitAsync(() => Records(inbox).Count == 30, "thirty come");
        consumer.Tell(new RequestRecords(70));
        await WaitAsync(() => Records(inbox).Count == 100, "all come");
        Assert.Equal(Enumerable.Range(1, 100).Select(n => $"{n}"), Records(inbox).Select(r => r.Value));

        // The first batch is not done: nothing may be committed, whatever is done behind it.
        var batches = inbox.OfType<ConsumedRecords<string?, string?>>().ToList();
        foreach (var batch in batches.Skip(1))
            consumer.Tell(new RecordsHandled(batch.Batch));
        await consumer.Ask<ConsumerDone>(new CommitFinished());
        Assert.DoesNotContain((await consumer.Ask<CommittedOffsets>(new GetCommitted([partition]))).Offsets, o => o.Value.Offset > 0);
        consumer.Tell(new RecordsHandled(batches[0].Batch));
        await consumer.Ask<ConsumerDone>(new CloseConsumer());

        await using var next = new SdkReader(app.Consumer("target"), out var rest);
        await rest.SubscribeAsync(["sdk-target"]);
        await WaitAsync(() => rest.CommittedAsync(partition).Result.GetValueOrDefault(partition)?.Offset == 100, "closing has committed");
    }

    [Fact]
    public async Task Handler_actors_that_fail_or_never_answer_stop_no_other_key()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "sdk-workers");
        await ProduceAsync("sdk-workers", 200);
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var consumer = app.Consumer("workers");
        var handled = new ConcurrentQueue<string>();
        var events = new ConcurrentQueue<ConsumerEvent>();
        consumer.Told += events.Enqueue;
        await consumer.SubscribeAsync(["sdk-workers"]);
        using var stop = new CancellationTokenSource();
        var running = consumer.RunAsync(
            Props.Create(() => new Worker(handled)),
            new HandlerOptions { Parallelism = 3, Timeout = TimeSpan.FromSeconds(3), Retry = new RetryPolicy { AttemptsMax = 2, Delay = TimeSpan.FromMilliseconds(20) } },
            stop.Token);

        await WaitAsync(() => handled.Distinct().Count() == 198, "all but the two bad ones are handled");
        await WaitAsync(() => events.OfType<RecordSkipped>().Count() == 2, "the bad ones are left behind");
        Assert.Equal([49L, 99L], events.OfType<RecordSkipped>().Select(e => e.Offset).Order());
        await stop.CancelAsync();
        await running;
    }

    private static List<ConsumerRecord<string?, string?>> Records(IEnumerable<object> inbox) =>
        [.. inbox.OfType<ConsumedRecords<string?, string?>>().SelectMany(b => b.Records)];

    private async Task ProduceAsync(string topic, int count) =>
        (await Tool.RunShellAsync($"seq 1 {count} | awk '{{print \"k\" $1 \":\" $1}}' | kcat -b {broker.Bootstrap} -P -t {topic} -K:")).MustSucceed();

    private static Task WaitAsync(Func<bool> holds, string what) => SdkWaits.UntilAsync(holds, Limit, () => what);

    private sealed class Inbox : ReceiveActor
    {
        public Inbox(ConcurrentQueue<object> inbox) => ReceiveAny(inbox.Enqueue);
    }

    /// <summary>Fails at record 50, never answers record 100.</summary>
    private sealed class Worker : ReceiveActor
    {
        public Worker(ConcurrentQueue<string> handled) => Receive<HandleRecord<string?, string?>>(handle =>
        {
            if (handle.Record.Value == "50")
            {
                Sender.Tell(new Status.Failure(new InvalidOperationException("cannot")));
            }
            else if (handle.Record.Value != "100")
            {
                handled.Enqueue(handle.Record.Value!);
                Sender.Tell(RecordHandled.Instance);
            }
        });
    }
}
