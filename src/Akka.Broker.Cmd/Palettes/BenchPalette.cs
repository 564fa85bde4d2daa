using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>How fast the cluster is from this node: through the same requests that clients use, over the brokers' own listener.</summary>
internal static class BenchPalette
{
    private const string Topic = "topic";
    private const string Records = "records";
    private const string Size = "size";
    private const string Batch = "batch";
    private const string InFlight = "in-flight";
    private const string Acks = "acks";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static BrokerPalette Create() => new("bench",
    [
        new VerbBuilder("produce", "Writes records as fast as it goes and tells how fast that was", ProduceAsync)
            .Needs(Topic, "The topic; its records are rubbish afterwards", "-t").Takes(Records, "How many; default 100000", "-n").Takes(Size, "Bytes of each value; default 100", "-s")
            .Takes(Batch, "Records of a batch; default 100", "-b").Takes(InFlight, "Batches on their way at a time, each to another partition in turn; default 5", "-i")
            .Takes(Acks, "1: the leader alone, all: every replica in sync (default)", "-a", "all", "1").Formatted().Build(),
        new VerbBuilder("consume", "Reads a topic from its beginning as fast as it goes and tells how fast that was", ConsumeAsync)
            .Needs(Topic, "The topic", "-t").Takes(Records, "Ends after so many; default: what is there", "-n").Formatted().Build(),
    ]);

    private static async Task ProduceAsync(VerbContext context)
    {
        var topic = context.Topic(context.Arguments.Text(Topic));
        var records = context.Arguments.Number(Records, 100_000, 1);
        var size = context.Arguments.IntOr(Size, 100, 0, 1 << 20);
        var perBatch = context.Arguments.IntOr(Batch, 100, 1, 100_000);
        var acks = context.Arguments.Choice(Acks, "all", "1") == "all" ? (short)-1 : (short)1;
        var writers = topic.Partitions.Select(p => new RecordWriter(context, new TopicPartition(topic.Name, p.Partition), acks)).ToList();
        var full = BatchOf(context, perBatch, size);
        var meter = new Meter(context, "written");
        var sent = 0L;
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, context.Arguments.IntOr(InFlight, 5, 1, 1000)).Select(_ => SendAsync())).ConfigureAwait(false);
        context.Show(meter.Summary("produce", topic.Name));

        async Task SendAsync()
        {
            while (true)
            {
                context.Cancelled.ThrowIfCancellationRequested();
                var count = (int)Math.Min(perBatch, records - (Interlocked.Add(ref sent, perBatch) - perBatch));
                if (count <= 0)
                    return;
                var batch = count == perBatch ? full : BatchOf(context, count, size);
                var started = context.Node.Time.GetTimestamp();
                await writers[(Interlocked.Increment(ref next) & int.MaxValue) % writers.Count].WriteAsync(batch).ConfigureAwait(false);
                meter.Add(count, batch.Length, context.Node.Time.GetElapsedTime(started));
            }
        }
    }

    private static async Task ConsumeAsync(VerbContext context)
    {
        var topic = context.Topic(context.Arguments.Text(Topic));
        var partitions = topic.Partitions.Select(p => new TopicPartition(topic.Name, p.Partition)).ToList();
        var starts = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Earliest).ConfigureAwait(false);
        var ends = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Latest).ConfigureAwait(false);
        var left = partitions.Where(p => ends.TryGetValue(p, out var end) && starts[p] < end).ToDictionary(p => p, p => starts[p]);
        var records = context.Arguments.Number(Records, long.MaxValue, 1);
        var stream = new RecordStream(context, left);
        var meter = new Meter(context, "read");
        while (records > 0 && left.Any(p => p.Value < ends[p.Key]))
        {
            var (count, bytes, started) = (0, stream.Bytes, context.Node.Time.GetTimestamp());
            await stream.NextAsync((_, _) => count++).ConfigureAwait(false);
            records -= count;
            meter.Add(count, stream.Bytes - bytes, context.Node.Time.GetElapsedTime(started));
        }
        context.Show(meter.Summary("consume", topic.Name));
    }

    /// <summary>The broker patches a batch in a copy of its own, off the wire: one serves for all.</summary>
    private static byte[] BatchOf(VerbContext context, int records, int size)
    {
        using var builder = new RecordBatchBuilder();
        var value = new byte[size];
        value.AsSpan().Fill((byte)'x');
        for (var i = 0; i < records; i++)
            builder.Append(context.NowMs, NullableBytes.Null, value);
        return builder.ToArray();
    }

    /// <summary>Counts, and says each second how it goes. Thread-safe.</summary>
    private sealed class Meter(VerbContext context, string what)
    {
        private readonly Lock _gate = new();
        private readonly List<double> _latencies = [];
        private readonly long _started = context.Node.Time.GetTimestamp();
        private TimeSpan _told;
        private long _toldRecords;
        private long _records;
        private long _bytes;

        public void Add(int records, long bytes, TimeSpan latency)
        {
            lock (_gate)
            {
                _records += records;
                _bytes += bytes;
                _latencies.Add(latency.TotalMilliseconds);
                var now = context.Node.Time.GetElapsedTime(_started);
                if (now - _told < Interval)
                    return;
                if (!context.Arguments.Has(VerbContext.Format))
                    context.Say(string.Create(CultureInfo.InvariantCulture, $"{_records} records {what}, {(_records - _toldRecords) / (now - _told).TotalSeconds:0} a second"));
                (_told, _toldRecords) = (now, _records);
            }
        }

        public Report Summary(string verb, string topic)
        {
            var seconds = Math.Max(1e-3, context.Node.Time.GetElapsedTime(_started).TotalSeconds);
            _latencies.Sort();
            return new Report()
                .Field("bench", verb)
                .Field("topic", topic)
                .Field("records", _records)
                .Field("bytes", new ByteCount(_bytes))
                .Field("seconds", seconds)
                .Field("records a second", Math.Round(_records / seconds))
                .Field("MiB a second", _bytes / seconds / (1 << 20))
                .Field("median ms", Percentile(0.5))
                .Field("p99 ms", Percentile(0.99))
                .Field("max ms", Percentile(1));
        }

        private double? Percentile(double share) => _latencies.Count == 0 ? null : _latencies[(int)Math.Min(_latencies.Count - 1, share * _latencies.Count)];
    }
}
