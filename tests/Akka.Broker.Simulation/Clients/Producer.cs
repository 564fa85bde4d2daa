using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>
/// An idempotent producer: batches with rising sequence numbers, several partitions at once, one batch of each on its way, sent again until it is answered or
/// its time is up. Then it begins anew under another producer id, since the fate of what it sent is unknown.
/// </summary>
internal sealed class Producer(World world, int address, short acks, int intervalMs) : SimClient(world, address)
{
    private const int DeliveryTimeoutMs = 5000;

    private readonly Dictionary<TopicIdPartition, int> _sequences = [];
    private readonly HashSet<TopicIdPartition> _busy = [];
    private long _producerId = address * 1000L;
    private long _count;

    /// <summary>Of acks=all batches, since when; for the progress that healing must bring.</summary>
    public Dictionary<TopicIdPartition, long> LastAckedAtUs { get; } = [];

    public override void Start()
    {
        Refresh();
        After(intervalMs, Next);
    }

    private void Next()
    {
        RefreshIfOld();
        if (AnyPartition() is not { } partition)
            Refresh();
        else if (_busy.Add(partition))
            Send(Build(partition));
        After((intervalMs / 2) + Random.Next(intervalMs), Next);
    }

    private Batch Build(TopicIdPartition partition)
    {
        var sequence = _sequences.GetValueOrDefault(partition);
        var records = 1 + Random.Next(3);
        using var builder = new RecordBatchBuilder(new RecordBatchOptions
        {
            BaseOffset = 0,
            PartitionLeaderEpoch = -1,
            Producer = new ProducerIdAndEpoch(_producerId, 0),
            BaseSequence = sequence,
        });
        for (var i = 0; i < records; i++)
            builder.Append(1_700_000_000_000 + World.Events.NowMs, default, Value());
        _sequences[partition] = sequence + records;
        return new Batch(partition, _producerId, builder.ToArray(), World.Events.NowMs + DeliveryTimeoutMs);
    }

    private byte[] Value()
    {
        var value = new byte[12 + Random.Next(60)];
        Random.NextBytes(value);
        BitConverter.TryWriteBytes(value, ((long)Address << 32) | _count++);
        return value;
    }

    private void Send(Batch batch)
    {
        if (batch.ProducerId != _producerId)
        {
            _busy.Remove(batch.Partition);
            return;
        }
        if (!Image.TryGetPartition(batch.Partition, out var partition))
        {
            // Its topic is gone.
            _busy.Remove(batch.Partition);
            return;
        }
        if (World.Events.NowMs > batch.DeadlineMs)
        {
            GiveUp(batch, "its time is up");
            return;
        }
        if (!partition.HasLeader)
        {
            Retry(batch);
            return;
        }
        Ask(partition.Leader, new Produce(batch.Partition, partition.LeaderEpoch, batch.Bytes, acks), reply => OnReply(batch, reply as Produced), mayDouble: true);
    }

    private void OnReply(Batch batch, Produced? reply)
    {
        switch (reply?.Error)
        {
            case ErrorCode.None:
                _busy.Remove(batch.Partition);
                if (acks != -1)
                    break;
                LastAckedAtUs[batch.Partition] = World.Events.NowUs;
                World.LedgerOf(batch.Partition).OnAcknowledged(
                    reply.BaseOffset, new RecordBatch(batch.Bytes).Crc, reply.LeaderEpoch, reply.MinInSyncReplicas);
                break;
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.InvalidProducerEpoch:
                GiveUp(batch, reply.Error.ToString());
                break;
            default:
                Retry(batch);
                break;
        }
    }

    private void Retry(Batch batch)
    {
        Refresh();
        After(40, () => Send(batch));
    }

    private void GiveUp(Batch batch, string why)
    {
        World.Trace.Say($"c{Address} gives a batch of {batch.Partition.TopicPartition} up: {why}");
        _busy.Remove(batch.Partition);
        _producerId++;
        _sequences.Clear();
    }

    private sealed record Batch(TopicIdPartition Partition, long ProducerId, byte[] Bytes, long DeadlineMs);
}
