using System.Text;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Records of topics: looking at them as they come, and writing single ones.</summary>
internal static class TopicRecords
{
    private const string Partition = "partition";
    private const string From = "from";
    private const string Count = "count";
    private const string Key = "key";
    private const string Value = "value";
    private const string Lines = "lines";

    public static Verb Tail { get; } = new VerbBuilder("tail", "Shows records as they come, until Ctrl+C", TailAsync)
        .Needs(TopicPalette.Topic, "The topic", "-t").Takes(Partition, "Only these, with commas between them", "-p")
        .Takes(From, "latest (default), earliest, an offset, -N for the last N of each partition, or a time such as 2026-01-31T12:00:00Z")
        .Takes(Count, "Ends after so many records", "-n").Flag("keys", "Only keys and where they lie, no values").Build();

    public static Verb Produce { get; } = new VerbBuilder("produce", "Writes a record, or a record a line", ProduceAsync)
        .Needs(TopicPalette.Topic, "The topic", "-t").Takes(Value, "The value", "-v").Takes(Lines, "Values, one a line; @FILE takes them from a file of the client's", "-l").Takes(Key, "The key", "-k")
        .Takes(Partition, "Which; default: by the key, or the first", "-p").Build();

    private static async Task TailAsync(VerbContext context)
    {
        var partitions = Selection.Partitions(context.Topic(context.Arguments.Text(TopicPalette.Topic)), context.Arguments.Ints(Partition));
        var left = context.Arguments.Number(Count, long.MaxValue, 1);
        var keysOnly = context.Arguments.Flag("keys");
        var tail = new RecordStream(context, await StartsAsync(context, [.. partitions.Select(p => p.Name)]).ConfigureAwait(false));
        while (left > 0)
        {
            await tail.NextAsync((partition, record) =>
            {
                if (left-- <= 0)
                    return;
                var value = keysOnly ? "" : $"  {(record.Value.IsNull ? "(null)" : record.Value.ToString())}";
                context.Say($"{partition}  {record.Offset}  {new Output.Moment(record.TimestampMs)}  {(record.Key.IsNull ? "-" : record.Key.ToString())}{value}");
            }).ConfigureAwait(false);
        }
    }

    private static async Task<Dictionary<TopicPartition, long>> StartsAsync(VerbContext context, IReadOnlyList<TopicPartition> partitions)
    {
        var from = context.Arguments.Optional(From) ?? "latest";
        var ends = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Latest).ConfigureAwait(false);
        var starts = await OffsetQuery.ListAsync(context, partitions, OffsetQuery.Earliest).ConfigureAwait(false);
        if (partitions.FirstOrDefault(p => !ends.ContainsKey(p) || !starts.ContainsKey(p)) is { Topic: not null } lost)
            throw new VerbException($"{lost} has no leader that answers.");
        switch (from)
        {
            case "latest":
                return ends.ToDictionary();
            case "earliest":
                return starts.ToDictionary();
            case ['-', .. var last] when long.TryParse(last, out var count):
                return ends.ToDictionary(e => e.Key, e => Math.Max(starts[e.Key], e.Value - count));
            case var offset when long.TryParse(offset, out var at):
                return ends.ToDictionary(e => e.Key, e => Math.Clamp(at, starts[e.Key], e.Value));
        }
        var found = await OffsetQuery.ListAsync(context, partitions, VerbArguments.Moment(From, from)).ConfigureAwait(false);
        return ends.ToDictionary(e => e.Key, e => found.TryGetValue(e.Key, out var at) && at >= 0 ? at : e.Value);
    }

    private static async Task ProduceAsync(VerbContext context)
    {
        var topic = context.Topic(context.Arguments.Text(TopicPalette.Topic));
        if ((context.Arguments.Optional(Value) is null) == (context.Arguments.Optional(Lines) is null))
            throw new VerbException("What is to be written? Allowed: --value VALUE, or --lines with a value a line.");
        var values = context.Arguments.Optional(Value) is { } value ? [value] : context.Arguments.Text(Lines).TrimEnd('\n').Split('\n');
        var key = context.Arguments.Optional(Key) is { } text ? Encoding.UTF8.GetBytes(text) : null;
        var number = context.Arguments.IntOr(Partition, key is null ? 0 : Murmur2.PartitionOf(key, topic.Partitions.Length), 0);
        var partition = Selection.Partitions(topic, [number])[0];
        var writer = new RecordWriter(context, partition.Name);
        var offset = await writer.WriteAsync([.. values.Select(v => (key, (byte[]?)Encoding.UTF8.GetBytes(v)))]).ConfigureAwait(false);
        context.Say(values.Length == 1 ? $"{partition.Name} has it at offset {offset}." : $"{partition.Name} has them at offsets {offset} to {offset + values.Length - 1}.");
    }
}
