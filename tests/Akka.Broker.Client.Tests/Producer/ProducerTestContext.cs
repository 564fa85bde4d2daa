using Akka.Broker.Client.Producing;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Protocol.Messages;
using Akka.Configuration;

namespace Akka.Broker.Client.Tests.Producer;

/// <summary>A producer over logs in memory, by a clock that stands unless a spec moves it or asks for the real one.</summary>
internal sealed class ProducerTestContext : IAsyncDisposable
{
    public ProducerTestContext(string settings = "", TimeProvider? time = null, IPartitioner? partitioner = null, int seed = 1)
    {
        var config = ConfigurationFactory.ParseString(
            $"akka.broker.client {{ retry-backoff = 1ms, retry-backoff-max = 2ms }}\nakka.broker.client.producer {{ linger = 0s \n {settings} }}");
        Logs = new MemoryLogs(Cluster);
        var seams = new ProducerSeams(time ?? Time, new Random(seed), partitioner, Faults.Add);
        var core = new ProducerCore(ProducerSettings.Of(config), ClientSettings.Of(config), Cluster.OnLane("producer"), seams);
        Producer = new Producer<string?, string?>(core, Serializers.Utf8, Serializers.Utf8);
    }

    public ManualTime Time { get; } = new();

    public MemoryClusterClient Cluster { get; } = new();

    public MemoryLogs Logs { get; }

    public Producer<string?, string?> Producer { get; }

    /// <summary>What handlers threw, and bugs.</summary>
    public List<Exception> Faults { get; } = [];

    public ValueTask<DeliveryReport> SendAsync(string value, int? partition = null, string topic = "t") =>
        Producer.SendAsync(new ProducerRecord<string?, string?>(topic, null, value) { Partition = partition });

    /// <summary>Until a batch is on its way to a broker.</summary>
    public async Task UntilSentAsync()
    {
        while (!Cluster.Asked.Any(a => a.Request is ProduceRequest))
            await Task.Yield();
    }

    /// <summary>Moves the clock whenever there is nothing but the clock to wait for, until the task has ended.</summary>
    public async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        while (!task.IsCompleted)
        {
            for (var i = 0; i < 200 && !task.IsCompleted; i++)
                await Task.Yield();
            Time.Advance(step);
        }
    }

    public async ValueTask DisposeAsync() => await AdvanceUntilAsync(Producer.DisposeAsync().AsTask(), TimeSpan.FromSeconds(1));
}
