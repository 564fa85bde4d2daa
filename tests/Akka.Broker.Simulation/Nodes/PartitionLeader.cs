using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Producers;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Carries one <see cref="LeaderState"/>: the real log under it, sequence checks, acknowledgements that wait, followers' and consumers' fetches.</summary>
internal sealed class PartitionLeader
{
    private const short AcksAll = -1;
    private const int FetchBytes = 4096;

    private readonly NodeLife _node;
    private readonly PartitionLedger _ledger;
    private readonly WriterToken _token;
    private readonly ProducerStateManager _producers;
    private readonly LedPartition _led;
    private readonly List<Waiting> _waiting = [];
    private long _nextOffset;
    private int _minInSyncReplicas;

    public PartitionLeader(NodeLife node, TopicIdPartition id, PartitionImage image, PartitionLog log, int minInSyncReplicas)
    {
        _node = node;
        Id = id;
        Log = log;
        _ledger = node.World.LedgerOf(id);
        _token = log.TakeOver();
        var state = Done.Of(log.CaptureAsync(_token));
        Done.Of(log.AssignEpochAsync(_token, image.LeaderEpoch));
        _producers = state.Producers;
        _nextOffset = state.LogEndOffset;
        _minInSyncReplicas = minInSyncReplicas;
        _ledger.OnLeading(node.Id, image.LeaderEpoch);
        node.World.Trace.Say($"n{node.Id} leads {id.TopicPartition} in epoch {image.LeaderEpoch}, isr [{string.Join(",", image.Isr)}], log end {state.LogEndOffset}, watermark {log.HighWatermark}");
        Machine = new LeaderState(
            new LeaderStart(
                node.Id, image.LeaderEpoch, image.PartitionEpoch, image.Replicas, image.Isr, minInSyncReplicas, state.LogEndOffset,
                Math.Min(log.HighWatermark, state.LogEndOffset), World.ReplicaLagTimeMaxMs),
            node.Brokers, node.Lease, node.NowMs);
        _led = new LedPartition(id, log, View()) { Owner = new LeaderRef(node, OnFollowerFetched) };
        OnWatermark();
        node.Led.Register(_led);
    }

    public TopicIdPartition Id { get; }

    public int Node => _node.Id;

    public PartitionLog Log { get; }

    public LeaderState Machine { get; }

    public bool IsClosed { get; private set; }

    public int LeaderEpoch => Machine.LeaderEpoch;

    /// <summary>Runs whenever there is more to read or another watermark.</summary>
    public event Action? Changed;

    public void Close()
    {
        IsClosed = true;
        _node.Led.Remove(_led);
        _led.Close();
        foreach (var waiting in _waiting)
            waiting.Reply(Refused(ErrorCode.NotLeaderOrFollower));
        _waiting.Clear();
        Changed?.Invoke();
    }

    // ---- Produce ----

    public void OnProduce(Produce request, Action<object> reply)
    {
        if (FetchRules.CheckEpoch(request.LeaderEpoch, LeaderEpoch) != ErrorCode.None)
        {
            reply(Refused(ErrorCode.NotLeaderOrFollower));
            return;
        }
        var refusal = Machine.CheckAppend(request.Acks, _node.NowMs);
        if (refusal != ErrorCode.None)
        {
            reply(Refused(refusal));
            return;
        }
        _ledger.Leases.OnTaken(_node.Id, LeaderEpoch);
        var bytes = (byte[])request.Batch.Clone();
        var check = _producers.Check(new BatchHeader(bytes), out var first);
        if (check == SequenceCheck.Duplicate && !_node.World.Has(Mutation.AppendDuplicates))
        {
            Acknowledge(request, first.BaseOffset, first.LastOffset + 1, reply);
            return;
        }
        if (check is not (SequenceCheck.InSequence or SequenceCheck.Duplicate))
        {
            reply(Refused(check == SequenceCheck.OutOfOrder ? ErrorCode.OutOfOrderSequenceNumber : ErrorCode.InvalidProducerEpoch));
            return;
        }
        RecordBatch.Assign(bytes, _nextOffset, LeaderEpoch);
        var header = new BatchHeader(bytes);
        _producers.Update(header, marker: null);
        _nextOffset = header.NextOffset;
        _node.OnDisk(() => Write(request, bytes, header, reply));
    }

    private void Write(Produce request, byte[] bytes, BatchHeader header, Action<object> reply)
    {
        if (IsClosed)
        {
            reply(Refused(ErrorCode.NotLeaderOrFollower));
            return;
        }
        var result = Done.Append(Log, _token, bytes, AppendKind.Leader);
        if (!result.IsAppended)
        {
            // What was assigned behind it would leave a gap: the leadership begins anew from the log.
            _node.World.Trace.Say($"n{_node.Id} {Id.TopicPartition}: a write was not appended: {result.Status} {result.Error?.Message}");
            reply(Refused(ErrorCode.NotLeaderOrFollower));
            _node.Partitions.Restart(this);
            return;
        }
        _ledger.ReplicaOf(_node.Id).Append(LedgerBatch.Of(new RecordBatch(bytes)));
        var effects = Machine.OnAppended(header.NextOffset, _node.NowMs);
        if (!effects.WatermarkRose)
            _led.Publish(View());
        Apply(effects);
        Acknowledge(request, header.BaseOffset, header.NextOffset, reply);
        Changed?.Invoke();
    }

    private void Acknowledge(Produce request, long baseOffset, long nextOffset, Action<object> reply)
    {
        if (request.Acks != AcksAll || _node.World.Has(Mutation.AcknowledgeBeforeIsr))
            reply(new Produced(ErrorCode.None, baseOffset, LeaderEpoch, _minInSyncReplicas));
        else
            _waiting.Add(new Waiting(baseOffset, nextOffset, reply));
        ReleaseAcks();
    }

    private void ReleaseAcks()
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            var waiting = _waiting[i];
            if (Machine.CheckAppended(waiting.NextOffset) is not { } outcome)
                continue;
            waiting.Reply(outcome == ErrorCode.None ? new Produced(outcome, waiting.BaseOffset, LeaderEpoch, _minInSyncReplicas) : Refused(outcome));
            _waiting.RemoveAt(i--);
        }
    }

    private static Produced Refused(ErrorCode error) => new(error, -1, -1, 0);

    // ---- Fetch ----

    private void OnFollowerFetched(FollowerFetched fetched)
    {
        if (IsClosed || fetched.LeaderEpoch != LeaderEpoch)
            return;
        var known = _node.World.Has(Mutation.IsrExpandWithoutCatchUp) ? Machine.LogEndOffset : fetched.FetchOffset;
        Apply(Machine.OnFollowerFetched(fetched.Broker, fetched.BrokerEpoch, known, fetched.LogStartOffset, fetched.LeaderEnd, fetched.AtMs));
    }

    public Consumed OnConsume(Consume request)
    {
        var fenced = FetchRules.CheckEpoch(request.LeaderEpoch, LeaderEpoch);
        if (fenced != ErrorCode.None)
            return Consumed.Refused(fenced);
        if (!Machine.IsWatermarkCurrent)
            return Consumed.Refused(ErrorCode.OffsetNotAvailable);
        if (request.Offset < Log.LogStartOffset || request.Offset > Machine.LogEndOffset)
            return Consumed.Refused(ErrorCode.OffsetOutOfRange);
        var limit = _node.World.Has(Mutation.ReadAboveWatermark) ? Machine.LogEndOffset : Machine.HighWatermark;
        try
        {
            return new Consumed(ErrorCode.None, LeaderEpoch, limit, request.Offset < limit ? _node.World.BadReads.Pass(Read(request.Offset, limit)) : []);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            return Consumed.Refused(ErrorCode.KafkaStorageError);
        }
    }

    /// <summary>Whole batches from the one that holds the offset on.</summary>
    public byte[] Read(long offset, long limit)
    {
        if (offset >= limit)
            return [];
        using var range = Log.Read(offset, FetchBytes, limit, minOneBatch: true);
        var bytes = range.ToArray();
        var whole = 0;
        for (ReadOnlyMemory<byte> rest = bytes; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
            whole += batch.SizeInBytes;
        return whole == bytes.Length ? bytes : bytes[..whole];
    }

    // ---- Metadata and time ----

    public void OnMetadata(PartitionImage image, int minInSyncReplicas)
    {
        if (minInSyncReplicas != _minInSyncReplicas)
        {
            _minInSyncReplicas = minInSyncReplicas;
            Apply(Machine.OnMinInSyncReplicasChanged(minInSyncReplicas, _node.NowMs));
        }
        Apply(Machine.OnMetadata(image.PartitionEpoch, image.Replicas, image.Isr, _node.NowMs));
        _led.AskForProgress();
        ReleaseAcks();
    }

    public void OnTick() => Apply(Machine.OnTick(_node.NowMs));

    public void OnProposalAnswered(IsrProposal proposal, IsrAnswer answer)
    {
        if (IsClosed)
            return;
        Apply(Machine.OnProposalAnswered(proposal, answer, _node.NowMs));
        _led.AskForProgress();
    }

    private void Apply(in LeaderEffects effects)
    {
        if (effects.WatermarkRose)
            OnWatermark();
        if (effects.Proposal is { } proposal)
        {
            _node.World.Trace.Say($"n{_node.Id} {Id.TopicPartition} asks for {proposal}");
            _node.Partitions.SendProposal(this, proposal);
            if (_node.World.Has(Mutation.WatermarkByShrunkIsr))
                Apply(Machine.OnProposalAnswered(proposal, new IsrAnswer(ErrorCode.None, proposal.LeaderEpoch, proposal.PartitionEpoch, [.. proposal.InSync.Select(r => r.Broker)]), _node.NowMs));
        }
    }

    private void OnWatermark()
    {
        Log.HighWatermark = Machine.HighWatermark;
        _producers.ForgetReplicated(Machine.HighWatermark);
        _ledger.OnLeaderWatermark(_node.Id, LeaderEpoch, Machine.HighWatermark, _minInSyncReplicas);
        _led.Publish(View());
        ReleaseAcks();
        Changed?.Invoke();
    }

    private PartitionView View()
    {
        var watermark = Machine.HighWatermark;
        var start = Math.Min(Log.LogStartOffset, watermark);
        return new PartitionView(LeaderEpoch, start, Math.Max(_producers.LastStableOffset(watermark), start), watermark, Machine.LogEndOffset)
        {
            IsWatermarkCurrent = Machine.IsWatermarkCurrent,
        };
    }

    private readonly record struct Waiting(long BaseOffset, long NextOffset, Action<object> Reply);
}
