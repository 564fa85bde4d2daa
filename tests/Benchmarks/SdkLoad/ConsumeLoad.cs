using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Broker.Client;
using Akka.Broker.Protocol;
using Akka.Configuration;

namespace Akka.Broker.SdkLoad;

/// <summary>
/// Reads so many records from the beginning of each partition. <c>raw</c>: borrowed memory, as librdkafka hands it out; <c>bytes</c>: an array a key and a value;
/// <c>handlers</c>: by parallel handlers in order of keys. The clock runs from the assignment to the last record. Before it starts, <c>--warm</c> times as many are read by
/// consumers before this one, for the runtime compiles hot code three times.
/// <c>--stamped 1</c>: as raw, and the latency is taken from the time of posting that each record begins with, but for the first <c>--skip</c> records.
/// </summary>
internal static class ConsumeLoad
{
    public static async Task<int> RunAsync(Options options)
    {
        var count = options.Number("count");
        var system = ActorSystem.Create("sdkload", ConfigurationFactory.ParseString($$"""
            akka.loglevel = WARNING
            akka.broker.client { bootstrap-servers = "{{options.Text("bootstrap")}}", consumer { auto-offset-reset = earliest, check-crcs = {{options.Text("crcs", "on")}} } }
            """));
        var client = BrokerClient.Get(system);
        var mode = options.Text("mode", "raw");
        for (var warm = options.Number("warm", 0); warm > 0; warm--)
            await ReadAsync(client, mode, options, new Run(count), null);
        var latencies = options.Number("stamped", 0) != 0 ? new Latencies(options.Number("skip", 0), count) : null;
        var run = new Run(count);
        await ReadAsync(client, mode, options, run, latencies);
        run.Report(mode, latencies);
        await system.Terminate();
        return 0;
    }

    private static Task ReadAsync(BrokerClient client, string mode, Options options, Run run, Latencies? latencies) => mode switch
    {
        "bytes" => ReadAsync(client.CreateConsumer(Bytes.Instance, Bytes.Instance), options, run, static v => v?.Length ?? 0),
        "handlers" => HandleAsync(client.CreateConsumer(BorrowedBytes.Instance, BorrowedBytes.Instance), options, run),
        _ when latencies is null => ReadAsync(client.CreateConsumer(BorrowedBytes.Instance, BorrowedBytes.Instance), options, run, static v => v.Length),
        _ => ReadAsync(client.CreateConsumer(BorrowedBytes.Instance, BorrowedBytes.Instance), options, run, latencies.Add),
    };

    private static async Task ReadAsync<T>(Consumer<T, T> consumer, Options options, Run run, Func<T?, int> sizeOf)
    {
        await consumer.AssignAsync(Partitions(options), StartPoint.Beginning);
        await foreach (var record in consumer)
        {
            if (!run.Count(sizeOf(record.Value)))
                break;
        }
        await consumer.DisposeAsync();
    }

    private static async Task HandleAsync(Consumer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> consumer, Options options, Run run)
    {
        await consumer.AssignAsync(Partitions(options), StartPoint.Beginning);
        using var stop = new CancellationTokenSource();
        await consumer.RunAsync(
            (record, _) =>
            {
                lock (run)
                {
                    if (!run.Count(record.Value.Length))
                        stop.Cancel();
                }
                return Task.CompletedTask;
            },
            stopping: stop.Token);
        await consumer.DisposeAsync();
    }

    private static IEnumerable<TopicPartition> Partitions(Options options) =>
        Enumerable.Range(0, (int)options.Number("partitions")).Select(p => new TopicPartition(options.Text("topic"), p));

    private sealed class Bytes : IDeserializer<byte[]?>
    {
        public static readonly Bytes Instance = new();

        public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, in SerializationContext context) => isNull ? null : data.ToArray();
    }

    /// <summary>Counts records and bytes, and what the process uses for them, from its making to the last record.</summary>
    private sealed class Run(long count)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private TimeSpan _cpu = Process.GetCurrentProcess().TotalProcessorTime;
        private long _allocated = GC.GetTotalAllocatedBytes();
        private long _seen;
        private long _bytes;
        private long _end;

        /// <summary>False: that was the last.</summary>
        public bool Count(int bytes)
        {
            _bytes += bytes;
            if (++_seen < count)
                return true;
            if (_end == 0)
                End();
            return false;
        }

        public void Report(string mode, Latencies? latencies)
        {
            var seconds = Stopwatch.GetElapsedTime(_start, _end).TotalSeconds;
            var perSecond = count / seconds;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{mode}: {count} records in {seconds:0.00} s: {perSecond:0} /s, {_bytes / seconds / 1e6:0} MB/s, client {_cpu.TotalMicroseconds / count:0.000} us and {(double)_allocated / count:0.0} B allocated a record"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{{\"records\": {count}, \"seconds\": {seconds:0.000}, \"records_per_s\": {perSecond:0}, \"cpu_us_per_record\": {_cpu.TotalMicroseconds / count:0.0000}, \"allocated_bytes_per_record\": {(double)_allocated / count:0.00}{latencies?.Json}}}"));
        }

        private void End()
        {
            _end = Stopwatch.GetTimestamp();
            _cpu = Process.GetCurrentProcess().TotalProcessorTime - _cpu;
            _allocated = GC.GetTotalAllocatedBytes() - _allocated;
        }
    }
}
