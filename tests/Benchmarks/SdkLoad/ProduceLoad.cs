using System.Diagnostics;
using Akka.Actor;
using Akka.Broker.Client;
using Akka.Configuration;

namespace Akka.Broker.SdkLoad;

/// <summary>
/// Sends records of one size as fast as the producer takes them. <c>post</c> hands them over with one handler for all and awaits memory alone; <c>send</c> awaits
/// each record's delivery, up to 10,000 at a time.
/// </summary>
internal static class ProduceLoad
{
    private const int AwaitedAtOnce = 10_000;

    public static async Task<int> RunAsync(Options options)
    {
        var size = (int)options.Number("size", 100);
        var count = options.Number("count", 1_000_000);
        var partitions = (int)options.Number("partitions", 1);
        var config = ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            akka.broker.client {
              bootstrap-servers = ["{{options.Text("bootstrap")}}"]
              producer {
                compression = {{options.Text("codec", "none")}}
                batch-size = {{options.Text("batch", "131072")}}, linger = {{options.Text("linger", "5")}}ms, buffer-memory = 256MiB
              }
            }
            """);
        using var system = ActorSystem.Create("load", config);
        var producer = BrokerClient.Get(system).CreateProducer();
        var load = new Load(producer, options.Text("topic"), Payload(size), partitions, options.Text("way", "post") == "send");
        await load.RunAsync(options.Number("warm", 0));

        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        await load.RunAsync(count);
        var seconds = clock.Elapsed.TotalSeconds;
        var cpuSeconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        await producer.DisposeAsync();
        await system.Terminate();
        Console.WriteLine(FormattableString.Invariant(
            $"{{\"mode\":\"produce\",\"records\":{load.Delivered},\"failed\":{load.Failed},\"seconds\":{seconds:0.000000},\"records_per_s\":{load.Delivered / seconds:0.0},\"client_cpu_s\":{cpuSeconds:0.000},\"allocated_b\":{(double)bytes / count:0.00},\"gen0\":{GC.CollectionCount(0)},\"requests\":0}}"));
        return load.Failed == 0 ? 0 : 1;
    }

    /// <summary>Random letters, the same as kload's: with a codec, neither noise nor a single run.</summary>
    private static byte[] Payload(int size)
    {
        var payload = new byte[size];
        var state = 12345u;
        for (var i = 0; i < size; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            payload[i] = (byte)('a' + (state >> 28));
        }
        return payload;
    }

    private sealed class Load(Producer<byte[]?, byte[]?> producer, string topic, byte[] payload, int partitions, bool sends) : IDeliveryHandler
    {
        public long Delivered { get; private set; }

        public long Failed { get; private set; }

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            if (report.IsDelivered)
                Delivered++;
            else
                Failed++;
        }

        public async Task RunAsync(long count)
        {
            Delivered = 0;
            if (sends)
                await SendAsync(count);
            else
                await PostAsync(count);
            await producer.FlushAsync();
        }

        private async Task PostAsync(long count)
        {
            for (var i = 0L; i < count; i++)
            {
                var posted = producer.PostAsync(Record(i), this);
                if (!posted.IsCompletedSuccessfully)
                    await posted;
            }
        }

        private async Task SendAsync(long count)
        {
            var awaited = new ValueTask<DeliveryReport>[AwaitedAtOnce];
            for (var sent = 0L; sent < count;)
            {
                var n = (int)Math.Min(AwaitedAtOnce, count - sent);
                for (var i = 0; i < n; i++)
                    awaited[i] = producer.SendAsync(Record(sent++));
                for (var i = 0; i < n; i++)
                {
                    await awaited[i];
                    Delivered++;
                }
            }
        }

        private ProducerRecord<byte[]?, byte[]?> Record(long i) => new(topic, null, payload) { Partition = (int)(i % partitions) };
    }
}
