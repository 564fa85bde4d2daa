using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>A broker of a <see cref="ModelCluster"/>: a log, the metadata as far as it knows it, and the real machine of a leader or a follower.</summary>
internal sealed class ModelNode(int id, ModelCluster cluster) : IReplicaBrokers
{
    private FollowerState? _follower;
    private IsrProposal? _toSend;

    public int Id { get; } = id;

    public bool IsUp { get; private set; } = true;

    /// <summary>Its log has lost its end, until it is back in the ISR.</summary>
    public bool IsLost { get; set; }

    public long BrokerEpoch { get; private set; } = id;

    public int Known { get; private set; } = -1;

    public ModelLog Log { get; } = new();

    public LeaderState? Leader { get; private set; }

    private ModelMetadata Metadata => cluster.At(Known);

    public long EpochOf(int broker) => Metadata.Brokers[broker].Epoch;

    public bool IsEligible(int broker) => !Metadata.Brokers[broker].Fenced;

    public void Stop()
    {
        IsUp = false;
        Leader = null;
        _follower = null;
        _toSend = null;
    }

    public void Start(long brokerEpoch)
    {
        IsUp = true;
        BrokerEpoch = brokerEpoch;
    }

    public void Learn(int version)
    {
        if (!IsUp || version <= Known)
            return;
        Known = version;
        var now = Metadata;
        if (now.Brokers[Id].Epoch != BrokerEpoch)
            return;
        if (now.Leader == Id)
            BecomeLeader(now);
        else if (now.Leader >= 0)
            BecomeFollower(now);
        else
            (Leader, _follower, _toSend) = (null, null, null);
    }

    public void Produce(int records, long number)
    {
        if (Leader is null || Leader.CheckAppend(-1, cluster.NowMs) != ErrorCode.None)
            return;
        Log.Append(new(Log.End, Log.End + records, Leader.LeaderEpoch, number));
        Take(Leader.OnAppended(Log.End, cluster.NowMs));
    }

    public void Tick()
    {
        if (Leader is not null)
            Take(Leader.OnTick(cluster.NowMs));
    }

    /// <summary>One fetch: 0 loses the request, 7 the answer.</summary>
    public void ExchangeFetch(int chance)
    {
        if (_follower is null || cluster.Nodes[Metadata.Leader] is not { Leader: { } leading } leader || chance == 0)
            return;
        var asked = _follower.NextFetch();
        var answer = leader.Serve(asked, Id, BrokerEpoch, out var batches);
        if (chance == 7)
            return;
        var step = _follower.OnFetched(asked, answer, Log);
        switch (step.Action)
        {
            case FollowerAction.RestartAndAppend:
                Log.RestartAt(step.Offset);
                goto case FollowerAction.Append;
            case FollowerAction.Append:
                batches.ForEach(Log.Append);
                _follower.OnAppended(Log.Start, Log.End, Log.LatestEpoch);
                break;
            case FollowerAction.Truncate:
                cluster.Truncations++;
                Log.TruncateTo(step.Offset);
                _follower.OnTruncated(Log.Start, Log.End, Log.LatestEpoch);
                break;
            case FollowerAction.Restart:
                Log.RestartAt(step.Offset);
                _follower.OnTruncated(Log.Start, Log.End, Log.LatestEpoch);
                break;
        }

        if (_follower.LogStartToRaise is { } start)
        {
            Log.RaiseStart(start);
            _follower.OnLogStartRaised(start);
        }

        Log.Watermark = _follower.HighWatermark;
    }

    /// <summary>The proposal reaches the controller, and its answer this node, or not.</summary>
    public void ExchangeProposal(bool isLost)
    {
        if (_toSend is { } proposal)
        {
            _toSend = null;
            var (error, partitionEpoch) = cluster.AlterIsr(Id, proposal);
            var answer = isLost ? IsrAnswer.Refused(ErrorCode.RequestTimedOut)
                : error != ErrorCode.None ? IsrAnswer.Refused(error)
                : new(ErrorCode.None, proposal.LeaderEpoch, partitionEpoch, [.. proposal.InSync.Select(r => r.Broker)]);
            Take(Leader!.OnProposalAnswered(proposal, answer, cluster.NowMs));
        }
    }

    private FetchAnswer Serve(ReplicaFetch asked, int follower, long brokerEpoch, out List<ModelBatch> batches)
    {
        batches = [];
        var verdict = FetchRules.Check(asked, Leader!.LeaderEpoch, Log.Start, Log.End, Log);
        if (verdict.Error != ErrorCode.None)
            return FetchAnswer.Refused(verdict.Error, Log.Start);
        if (verdict.Diverging is not null)
            return new(ErrorCode.None, Leader.HighWatermark, Log.Start, verdict.Diverging, -1, -1);
        Take(Leader.OnFollowerFetched(follower, brokerEpoch, asked.Offset, asked.LogStartOffset, Log.End, cluster.NowMs));
        batches = Log.Read(asked.Offset, 4);
        return batches.Count == 0
            ? FetchAnswer.Empty(Leader.HighWatermark, Log.Start)
            : new(ErrorCode.None, Leader.HighWatermark, Log.Start, null, batches[0].First, batches[^1].Next);
    }

    private void BecomeLeader(ModelMetadata now)
    {
        _follower = null;
        if (Leader?.LeaderEpoch == now.LeaderEpoch)
        {
            Take(Leader.OnMetadata(now.PartitionEpoch, now.Replicas, now.InSync, cluster.NowMs));
            return;
        }

        _toSend = null;
        Log.BeginEpoch(now.LeaderEpoch);
        Leader = new(
            new(Id, now.LeaderEpoch, now.PartitionEpoch, now.Replicas, now.InSync, cluster.MinInSync, Log.End, Log.Watermark, ModelCluster.LagMs),
            this,
            ControllerLease.Endless(),
            cluster.NowMs);
    }

    private void BecomeFollower(ModelMetadata now)
    {
        if (_follower?.LeaderEpoch == now.LeaderEpoch)
            return;
        Leader = null;
        _toSend = null;
        _follower = new(now.LeaderEpoch, Log.Start, Log.End, Log.LatestEpoch, Log.Watermark);
    }

    private void Take(LeaderEffects effects)
    {
        Log.Watermark = Leader!.HighWatermark;
        if (effects.Proposal is { } proposal)
            _toSend = proposal;
    }
}
