using Akka.Actor;
using Akka.Broker.Client;
using Akka.Broker.Clients.Tests.Support;
using Akka.Configuration;

namespace Akka.Broker.Clients.Tests;

/// <summary>The client SDK's producer against a real broker that is killed while it sends; what is stored is read by a stock client.</summary>
public sealed class SdkProducerSpec : IDisposable
{
    private const int Partitions = 3;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("lz4")]
    public async Task Producer_rides_through_kill_9_and_each_record_is_stored_once_and_in_order(string codec)
    {
        const int Count = 60_000;
        await using var broker = await BrokerProcess.StartAsync(_folder.File("data"), CheckedBroker.Settings);
        await Support.Admin.CreateTopicAsync(broker.Bootstrap, "ridden", Partitions);
        var config = ConfigurationFactory.ParseString(
            $"akka.broker.client {{ bootstrap-servers = [\"{broker.Bootstrap}\"], producer {{ compression = {codec}, batch-size = 4KiB, buffer-memory = 1MiB }} }}");
        using var system = ActorSystem.Create("application", config);
        var handler = new CountingHandler();
        await using (var producer = BrokerClient.Get(system).CreateProducer(Serializers.Null, Serializers.Utf8))
        {
            var sending = SendAsync(producer, handler, Count);
            for (var times = 1; times <= 2; times++)
            {
                await handler.ReachedAsync(times * Count / 4);
                await broker.KillAsync();
                await broker.StartAsync();
            }
            await sending;
            await producer.FlushAsync();
        }
        Assert.Equal((Count, 0), (handler.Delivered, handler.Failed));
        for (var p = 0; p < Partitions; p++)
        {
            var read = (await Tool.RunAsync("kcat", "-b", broker.Bootstrap, "-C", "-t", "ridden", "-p", $"{p}", "-o", "beginning", "-e", "-q")).MustSucceed();
            Assert.Equal(Enumerable.Range(0, Count).Where(i => i % Partitions == p).Select(i => $"{i}"), read.Lines);
        }
        await system.Terminate();
    }

    private static async Task SendAsync(Producer<Null?, string?> producer, CountingHandler handler, int count)
    {
        for (var i = 0; i < count; i++)
            await producer.PostAsync(new ProducerRecord<Null?, string?>("ridden", null, $"{i}") { Partition = i % Partitions }, handler);
    }

    /// <summary>Counts, and lets a test wait for a number.</summary>
    private sealed class CountingHandler : IDeliveryHandler
    {
        private readonly TaskCompletionSource[] _reached = [.. Enumerable.Range(0, 101).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        private int _step;

        public int Delivered { get; private set; }

        public int Failed { get; private set; }

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            if (!report.IsDelivered)
                Failed++;
            else if (++Delivered % 1000 == 0)
                _reached[_step++].TrySetResult();
        }

        public Task ReachedAsync(int count) => _reached[(count / 1000) - 1].Task.WaitAsync(TimeSpan.FromMinutes(1));
    }
}
