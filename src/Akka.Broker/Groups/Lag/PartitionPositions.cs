using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Interbroker;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Groups.Lag;

/// <summary>
/// Positions from this node's own replicas where it has one, else from the partitions' leaders over the inter-broker listener, as a consumer would ask.
/// One asker at a time; a broker that does not answer costs its own partitions only.
/// </summary>
internal sealed class PartitionPositions(LocalPositions local, MetadataCache metadata, string interBrokerListener, IBrokerConnections connections)
    : IPartitionPositions, IDisposable
{
    private const long Latest = -1;
    private const int RecordsAskedAtOnce = 16;
    private const int BatchBytesMax = 1024 * 1024;

    /// <summary>The last versions that name topics rather than number them.</summary>
    private const short FetchByNameMax = 12;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private readonly Dictionary<int, IBrokerConnection> _connections = [];

    public async Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancelled)
    {
        var ends = new Dictionary<TopicPartition, long>();
        var elsewhere = new List<TopicPartition>();
        foreach (var partition in partitions)
        {
            if (local.End(partition) is { } end)
                ends[partition] = end;
            else
                elsewhere.Add(partition);
        }

        foreach (var leader in elsewhere.GroupBy(LeaderOf).Where(l => l.Key >= 0))
        {
            var request = new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [.. leader.GroupBy(p => p.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(p => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = p.Partition, Timestamp = Latest })],
                })],
            };
            await AskAsync<ListOffsetsRequest, ListOffsetsResponse>(leader.Key, request, short.MaxValue, cancelled, response =>
            {
                foreach (var topic in response.Topics)
                {
                    foreach (var partition in topic.Partitions.Where(p => p.ErrorCode == ErrorCode.None && p.Offset >= 0))
                        ends[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.Offset;
                }
            }).ConfigureAwait(false);
        }

        return ends;
    }

    public async Task<IReadOnlyDictionary<TopicPartitionOffset, long>> TimestampsAsync(
        IReadOnlyCollection<TopicPartitionOffset> records, CancellationToken cancelled)
    {
        var times = new Dictionary<TopicPartitionOffset, long>();
        var elsewhere = new List<TopicPartitionOffset>();
        foreach (var record in records)
        {
            if (local.Timestamp(record) is { } time)
                times[record] = time;
            else
                elsewhere.Add(record);
        }

        foreach (var leader in elsewhere.GroupBy(r => LeaderOf(r.Partition)).Where(l => l.Key >= 0))
        {
            foreach (var some in leader.Chunk(RecordsAskedAtOnce))
                await FetchAsync(leader.Key, some, times, cancelled).ConfigureAwait(false);
        }

        return times;
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
            connection.Dispose();
        _connections.Clear();
    }

    private Task FetchAsync(int leader, TopicPartitionOffset[] records, Dictionary<TopicPartitionOffset, long> times, CancellationToken cancelled)
    {
        // Groups may stand at several places of one partition: a request names it once, the others wait for the next time.
        var byPartition = records.DistinctBy(r => r.Partition).ToDictionary(r => r.Partition);
        var request = new FetchRequest
        {
            ReplicaId = -1,
            MaxWaitMs = 0,
            MinBytes = 0,
            MaxBytes = RecordsAskedAtOnce * BatchBytesMax,
            SessionEpoch = -1,
            Topics = [.. byPartition.Values.GroupBy(r => r.Partition.Topic).Select(topic => new FetchRequest.FetchTopic
            {
                Topic = topic.Key,
                Partitions = [.. topic.Select(r => new FetchRequest.FetchPartition { Partition = r.Partition.Partition, FetchOffset = r.Offset, PartitionMaxBytes = BatchBytesMax })],
            })],
        };
        return AskAsync<FetchRequest, FetchResponse>(leader, request, FetchByNameMax, cancelled, response =>
        {
            foreach (var topic in response.Responses)
            {
                foreach (var partition in topic.Partitions)
                {
                    if (partition.Records is MemoryRecords { SizeInBytes: > 0 } found
                        && byPartition.TryGetValue(new TopicPartition(topic.Topic, partition.PartitionIndex), out var record)
                        && RecordTimestamp.Find(found.Memory, record.Offset) is { } time)
                    {
                        times[record] = time;
                    }
                }
            }
        });
    }

    private async Task AskAsync<TRequest, TResponse>(int leader, TRequest request, short versionMax, CancellationToken cancelled, Action<TResponse> onAnswer)
        where TRequest : IRequest
        where TResponse : IResponse, new()
    {
        if (ConnectionTo(leader) is not { } connection)
            return;
        try
        {
            using var response = await connection.AskAsync<TRequest, TResponse>(request, Timeout, versionMax, cancelled).ConfigureAwait(false);
            onAnswer(response.Message);
        }
        catch (Exception away) when (away is BrokerConnectionException or UnsupportedByBrokerException)
        {
            // Its partitions have no figures until it answers; that it is away is seen elsewhere.
        }
    }

    private int LeaderOf(TopicPartition partition) =>
        metadata.Current.TryGetPartition(partition, out var image) && metadata.Current.IsAlive(image.Leader) ? image.Leader : -1;

    private IBrokerConnection? ConnectionTo(int leader)
    {
        if (!metadata.Current.Brokers.TryGetValue(leader, out var broker) || broker.AddressOf(interBrokerListener) is not { } address)
            return null;
        if (_connections.TryGetValue(leader, out var known))
        {
            if (known.Address == address)
                return known;
            known.Dispose();
        }

        return _connections[leader] = connections.Open(address, "lag");
    }
}
