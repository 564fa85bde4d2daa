using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Interbroker;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Repair;

/// <summary>
/// The other replicas of this node's partitions, for its scrubber: those in sync, as this node's metadata says, the leader first. They are read as consumers read them,
/// over the inter-broker listener, up to their watermark: followers serve that too, so that a leader is repaired as others are. Called on the scrubber's thread, which
/// has nothing to do but to wait. The metadata log is not read from others: a snapshot of what this node has applied takes the damaged part's place.
/// </summary>
/// <param name="nodeId">This node.</param>
/// <param name="metadata">Where replicas are.</param>
/// <param name="interBrokerListener">By which they are reached.</param>
/// <param name="connections">The way to them.</param>
/// <param name="quorum">Keeps the metadata log.</param>
internal sealed class ReplicaCopies(int nodeId, MetadataCache metadata, string interBrokerListener, IBrokerConnections connections, QuorumPort quorum) : IReplicaCopies
{
    private static readonly TimeSpan SnapshotTimeout = TimeSpan.FromSeconds(60);

    public IReadOnlyList<IReplicaCopy> Of(TopicIdPartition partition, out string whyNone)
    {
        var image = metadata.Current;
        if (!image.TryGetPartition(partition, out var state))
        {
            whyNone = "this node's metadata does not know the partition";
            return [];
        }

        var copies = new List<IReplicaCopy>();
        foreach (var broker in state.Isr.OrderByDescending(b => b == state.Leader))
        {
            if (broker != nodeId && image.IsAlive(broker) && image.Brokers[broker].AddressOf(interBrokerListener) is { } address)
                copies.Add(new Copy(partition, broker, connections.Open(address, "repair")));
        }

        whyNone = $"of its replicas {string.Join(", ", state.Replicas)} none but this one is in sync and alive";
        return copies;
    }

    public bool TryForget(TopicIdPartition partition, long endOffset, CancellationToken stopped, out string? whyNot)
    {
        whyNot = null;
        if (partition != MetadataLog.Id)
            return false;
        var forgotten = quorum.ForgetAsync(endOffset);
        try
        {
            whyNot = forgotten.Wait((int)SnapshotTimeout.TotalMilliseconds, stopped) ? forgotten.Result : "the snapshot of the metadata that is to take its place is not written yet";
        }
        catch (AggregateException failed)
        {
            whyNot = $"the log could not be cut behind a snapshot: {failed.GetBaseException().Message}";
        }
        return whyNot is null;
    }

    private sealed class Copy(TopicIdPartition partition, int broker, IBrokerConnection connection) : IReplicaCopy
    {
        private const int BytesMax = 1024 * 1024;
        private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
        private BrokerResponse<FetchResponse>? _last;

        public string Name => $"broker {broker}";

        public ReadOnlyMemory<byte> Read(long offset, CancellationToken stopped)
        {
            _last?.Dispose();
            _last = null;
            try
            {
                _last = connection.AskAsync<FetchRequest, FetchResponse>(RequestOf(offset), Timeout, cancelled: stopped).GetAwaiter().GetResult();
            }
            catch (Exception away) when (away is BrokerConnectionException or UnsupportedByBrokerException)
            {
                throw new ReplicaCopyException($"{Name} cannot be asked: {away.Message}", away);
            }

            var response = _last.Message;
            var data = response.Responses.SelectMany(t => t.Partitions).FirstOrDefault();
            var error = response.ErrorCode != ErrorCode.None ? response.ErrorCode : data?.ErrorCode ?? ErrorCode.UnknownServerError;
            if (error != ErrorCode.None)
                throw new ReplicaCopyException($"{Name} answers {error} to a fetch from offset {offset} on");
            return data!.Records is MemoryRecords records ? records.Memory : default;
        }

        public void Dispose()
        {
            _last?.Dispose();
            connection.Dispose();
        }

        private FetchRequest RequestOf(long offset) => new()
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            MaxBytes = BytesMax,
            Topics =
            [
                new()
                {
                    Topic = partition.Topic,
                    TopicId = partition.TopicId,
                    Partitions = [new() { Partition = partition.Partition, FetchOffset = offset, PartitionMaxBytes = BytesMax }],
                },
            ],
        };
    }
}
