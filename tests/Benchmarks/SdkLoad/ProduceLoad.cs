using System.Diagnostics;
using Akka.Actor;
using Akka.Broker.Client;
using Akka.Configuration;

namespace Akka.Broker.SdkLoad;

/// <summary>
/// Sends records of one size as fast as the producer takes them. <c>post</c> hands them over with one handler for all and awaits memory alone; <c>send</c> awaits
/// each record's delivery, with up to 10,000 under way. With <c>--rate</c> it posts so many a second, in a burst each millisecond; <c>--stamped</c> records begin with
/// the monotonic time of their posting, as kload's.
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
                batch-size = {{options.Text("batch", "131072")}}, linger = {{options.Text("linger", "5")}}ms, buffer-memory = 64MiB
              }
            }
            """);
        using var system = ActorSystem.Create("load", config);
        var producer = BrokerClient.Get(system).CreateProducer();
        var load = new Load(producer, options.Text("topic"), Payload(size), partitions)
        {
            Sends = options.Text("way", "post") == "send",
            PerSecond = options.Number("rate", 0),
            IsStamped = options.Number("stamped", 0) != 0,
        };
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
            $"{{\"mode\":\"produce\",\"records\":{load.Delivered},\"failed\":{load.Failed},\"seconds\":{seconds:0.000000},\"records_per_s\":{load.Delivered / seconds:0.0},\"client_cpu_s\":{cpuSeconds:0.000},\"allocated_bytes_per_record\":{(double)bytes / count:0.00},\"gen0\":{GC.CollectionCount(0)},\"requests\":0}}"));
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

    private sealed class Load(Producer<byte[]?, byte[]?> producer, string topic, byte[] payload, int partitions) : IDeliveryHandler
    {
        public bool Sends { get; init; }

        /// <summary>0: as fast as it goes.</summary>
        public long PerSecond { get; init; }

        public bool IsStamped { get; init; }

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
            if (Sends)
                await SendAsync(count);
            else if (PerSecond > 0)
                await PostPacedAsync(count);
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

        /// <summary>The runtime's timers go by a clock that moves each 4 ms on most machines; a monitor waits as long as it is told to.</summary>
        private async Task PostPacedAsync(long count)
        {
            var pace = new object();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0L; i < count;)
            {
                for (var due = Math.Min(count, (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * PerSecond)); i < due; i++)
                    await producer.PostAsync(Record(i), this);
                lock (pace)
                    Monitor.Wait(pace, 1);
            }
        }

        /// <summary>The oldest is awaited when so many are under way.</summary>
        private async Task SendAsync(long count)
        {
            var awaited = new ValueTask<DeliveryReport>[AwaitedAtOnce];
            for (var i = 0L; i < count + AwaitedAtOnce; i++)
            {
                if (i >= AwaitedAtOnce && i - AwaitedAtOnce < count)
                {
                    await awaited[i % AwaitedAtOnce];
                    Delivered++;
                }
                if (i < count)
                    awaited[i % AwaitedAtOnce] = producer.SendAsync(Record(i));
            }
        }

        /// <summary>Its value is the same array each time: the producer has taken it over when it has taken the record.</summary>
        private ProducerRecord<byte[]?, byte[]?> Record(long i)
        {
            if (IsStamped)
                BitConverter.TryWriteBytes(payload, Stopwatch.GetTimestamp());
            return new(topic, null, payload) { Partition = (int)(i % partitions) };
        }
    }
}
