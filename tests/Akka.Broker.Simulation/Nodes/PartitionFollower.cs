using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Simulation.Checks;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Carries one <see cref="FollowerState"/> on the real log. Its node's <see cref="LeaderFetcher"/> asks for it.</summary>
internal sealed class PartitionFollower
{
    private readonly NodeLife _node;
    private readonly PartitionLedger _ledger;
    private readonly WriterToken _token;
    private readonly LogEpochs _epochs;
    private long _reported;

    public PartitionFollower(NodeLife node, TopicIdPartition id, int leader, int leaderEpoch, PartitionLog log)
    {
        _node = node;
        Id = id;
        Leader = leader;
        Log = log;
        _ledger = node.World.LedgerOf(id);
        _token = log.TakeOver();
        _epochs = new LogEpochs(log);
        var state = Done.Of(log.CaptureAsync(_token));
        var watermark = log.HighWatermark;
        if (node.World.Has(Mutation.TruncateToWatermark) && watermark < state.LogEndOffset)
            TruncateTo(Math.Max(watermark, log.LogStartOffset), "the mutation cuts to the watermark");
        Machine = new FollowerState(leaderEpoch, log.LogStartOffset, log.LogEndOffset, _epochs.LatestEpoch, watermark);
        _reported = Machine.HighWatermark;
        OnWatermark();
        node.World.Trace.Say($"n{node.Id} follows {id.TopicPartition} of n{leader} in epoch {leaderEpoch} from {Machine.LogEndOffset} (epoch {Machine.LastEpoch}), watermark {Machine.HighWatermark}");
    }

    public TopicIdPartition Id { get; }

    public int Leader { get; }

    public PartitionLog Log { get; }

    public FollowerState Machine { get; }

    public bool IsClosed { get; private set; }

    /// <summary>A step is on its way to the disk.</summary>
    public bool IsBusy { get; private set; }

    public long BackOffUntilMs { get; private set; }

    public void Close() => IsClosed = true;

    /// <summary>What came is of no use.</summary>
    public void BackOff() => BackOffUntilMs = _node.NowMs + World.FollowerBackoffMs;

    public void OnFetched(in ReplicaFetch asked, in FetchAnswer answer, ReadOnlyMemory<byte> records)
    {
        var step = Machine.OnFetched(asked, answer, _epochs);
        if (step.Why is { } why)
            _node.World.Trace.Say($"n{_node.Id} {Id.TopicPartition}: {step.Action} {step.Offset}: {why}");
        switch (step.Action)
        {
            case FollowerAction.Fetch:
                OnWatermark();
                break;
            case FollowerAction.BackOff:
                BackOff();
                break;
            default:
                IsBusy = true;
                _node.OnDisk(() => Carry(step, records));
                break;
        }
    }

    private void Carry(FollowerStep step, ReadOnlyMemory<byte> records)
    {
        if (IsClosed)
            return;
        try
        {
            Apply(step, records);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause) && Log.Failure is not null)
        {
            // It is busy for good: its node lets go of it, and of all that has failed with it.
            _node.World.Trace.Say($"n{_node.Id} {Id.TopicPartition}: {step.Action} has failed: {cause.Message}");
            return;
        }
        IsBusy = false;
        OnWatermark();
        _node.Partitions.FetcherOf(Leader).Wake();
    }

    private void Apply(FollowerStep step, ReadOnlyMemory<byte> records)
    {
        switch (step.Action)
        {
            case FollowerAction.RestartAndAppend:
                Restart(step.Offset);
                Append(records);
                break;
            case FollowerAction.Append:
                Append(records);
                break;
            case FollowerAction.Truncate:
                TruncateTo(step.Offset, step.Why);
                Machine.OnTruncated(Log.LogStartOffset, Log.LogEndOffset, _epochs.LatestEpoch);
                break;
            case FollowerAction.Restart:
                Restart(step.Offset);
                Machine.OnTruncated(Log.LogStartOffset, Log.LogEndOffset, _epochs.LatestEpoch);
                break;
        }
    }

    private void Append(ReadOnlyMemory<byte> records)
    {
        var result = Done.Append(Log, _token, records, AppendKind.Follower);
        if (result.Status == AppendStatus.Failed)
            throw result.Error!;
        if (!result.IsAppended)
            throw new InvalidOperationException($"n{_node.Id} {Id}: a follower's append was answered with {result.Status}: {result.Error?.Message}");
        var shadow = _ledger.ReplicaOf(_node.Id);
        for (var rest = records; RecordBatch.TryRead(rest, out var batch); rest = rest[batch.SizeInBytes..])
            shadow.Append(LedgerBatch.Of(batch));
        Machine.OnAppended(Log.LogStartOffset, Log.LogEndOffset, _epochs.LatestEpoch);
    }

    private void TruncateTo(long offset, string? why)
    {
        var end = Log.LogEndOffset;
        Done.Of(Log.TruncateToAsync(_token, offset));
        _ledger.ReplicaOf(_node.Id).TruncateTo(Log.LogEndOffset);
        if (Log.LogEndOffset < end)
        {
            _node.World.Counters.Truncations++;
            _node.World.Trace.Say($"n{_node.Id} {Id.TopicPartition}: cut from {end} to {Log.LogEndOffset}: {why}");
        }
    }

    private void Restart(long offset)
    {
        Done.Of(Log.TruncateFullyAndStartAtAsync(_token, offset));
        _ledger.ReplicaOf(_node.Id).RestartAt(offset);
    }

    private void OnWatermark()
    {
        Log.HighWatermark = Machine.HighWatermark;
        // What it knows from before a loss is not this leader's word.
        if (Machine.HighWatermark <= _reported && _ledger.LossCount > 0)
            return;
        _reported = Machine.HighWatermark;
        _ledger.OnFollowerWatermark(_node.Id, Machine.LeaderEpoch, Machine.HighWatermark);
    }
}
