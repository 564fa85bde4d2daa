using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Cmd.Access;

/// <summary>Offsets and times of partitions, as their leaders say. What has no leader, or one that does not answer, is missing from the result.</summary>
internal static class OffsetQuery
{
    public const long Earliest = -2;
    public const long Latest = -1;
    private const short ByTopicName = 12;
    private const int FetchBytes = 1;
    private const int FetchesAtOnce = 32;

    /// <summary>The first offset whose record is not older than the time, or one of the two above; -1 where there is none.</summary>
    public static async Task<IReadOnlyDictionary<TopicPartition, long>> ListAsync(VerbContext context, IEnumerable<TopicPartition> partitions, long timestampMs)
    {
        var found = new Dictionary<TopicPartition, long>();
        var asked = ByLeader(context, partitions).Select(async led =>
        {
            var request = new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [.. led.GroupBy(p => p.Topic).Select(t => new ListOffsetsRequest.ListOffsetsTopic
                {
                    Name = t.Key,
                    Partitions = [.. t.Select(p => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = p.Partition, Timestamp = timestampMs })],
                })],
            };
            return await TryAsync(() => context.Peers.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(led.Key, request)).ConfigureAwait(false);
        });
        foreach (var response in await Task.WhenAll(asked).ConfigureAwait(false))
        {
            foreach (var topic in response?.Topics ?? [])
            {
                foreach (var partition in topic.Partitions.Where(p => p.ErrorCode == ErrorCode.None))
                    found[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.Offset;
            }
        }
        return found;
    }

    /// <summary>
    /// The time of the record at each offset, or of the next one behind it. A request each: of several partitions in one, only the first is sure to be answered
    /// with a batch that is larger than what was asked for.
    /// </summary>
    public static async Task<IReadOnlyDictionary<TopicPartition, long>> TimesAsync(VerbContext context, IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        var times = new Dictionary<TopicPartition, long>();
        foreach (var some in ByLeader(context, offsets.Keys).SelectMany(led => led.Select(p => (Leader: led.Key, Partition: p))).Chunk(FetchesAtOnce))
        {
            var found = await Task.WhenAll(some.Select(p => TimeAsync(context, p.Leader, p.Partition, offsets[p.Partition]))).ConfigureAwait(false);
            foreach (var (asked, time) in some.Zip(found))
            {
                if (time is { } known)
                    times[asked.Partition] = known;
            }
        }
        return times;
    }

    private static async Task<long?> TimeAsync(VerbContext context, int leader, TopicPartition partition, long offset)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = 0,
            MinBytes = 1,
            Topics = [new() { Topic = partition.Topic, Partitions = [new() { Partition = partition.Partition, FetchOffset = offset, PartitionMaxBytes = FetchBytes }] }],
        };
        using var response = await TryAsync(() => context.Peers.AskForRecordsAsync<FetchRequest, FetchResponse>(leader, request, ByTopicName)).ConfigureAwait(false);
        return response?.Message.Responses.SelectMany(t => t.Partitions).FirstOrDefault() is { ErrorCode: ErrorCode.None, Records: MemoryRecords records }
            ? RecordTimestamp.Find(records.Memory, offset)
            : null;
    }

    private static ILookup<int, TopicPartition> ByLeader(VerbContext context, IEnumerable<TopicPartition> partitions) =>
        partitions.Where(p => context.Image.TryGetPartition(p, out var image) && image.HasLeader && context.Image.IsAlive(image.Leader))
            .ToLookup(p => { context.Image.TryGetPartition(p, out var image); return image!.Leader; });

    private static async Task<T?> TryAsync<T>(Func<Task<T>> ask) where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is BrokerConnectionException or VerbException)
        {
            // The leader has gone since: its partitions are missing from the answer, and the operator sees them as unknown.
            return null;
        }
    }
}
