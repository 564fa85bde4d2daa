using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>A leader, broker 1 at epoch 5, with a clock and brokers that the test moves.</summary>
internal sealed class LeaderTestContext
{
    public const long LagMs = 1000;
    public const long SessionMs = 500;

    public LeaderTestContext(int[] replicas, int[] inSync, int minInSync = 1, long logEnd = 0, long highWatermark = 0)
    {
        Lease.OnHeard(0);
        State = new(new LeaderStart(1, 5, 3, replicas, inSync, minInSync, logEnd, highWatermark, LagMs), Brokers, Lease, 0);
    }

    public MemoryBrokers Brokers { get; } = new();

    public ControllerLease Lease { get; } = new(SessionMs);

    public LeaderState State { get; }

    public long NowMs { get; set; }

    public long Watermark => State.HighWatermark;

    public LeaderEffects Append(long logEnd) => State.OnAppended(logEnd, NowMs);

    public LeaderEffects Fetch(int broker, long offset, long? epoch = null, long logStart = 0) =>
        State.OnFollowerFetched(broker, epoch ?? Brokers.EpochOf(broker), offset, logStart, State.LogEndOffset, NowMs);

    public LeaderEffects Tick(long passedMs)
    {
        NowMs += passedMs;
        return State.OnTick(NowMs);
    }

    public LeaderEffects Commit(IsrProposal proposal) => State.OnProposalAnswered(
        proposal, new(ErrorCode.None, 5, proposal.PartitionEpoch + 1, [.. proposal.InSync.Select(r => r.Broker)]), NowMs);

    public LeaderEffects Refuse(IsrProposal proposal, ErrorCode error) => State.OnProposalAnswered(proposal, IsrAnswer.Refused(error), NowMs);

    public LeaderEffects Metadata(int partitionEpoch, int[] replicas, int[] inSync) => State.OnMetadata(partitionEpoch, replicas, inSync, NowMs);

    public static int[] IdsOf(IsrProposal? proposal) => proposal is null ? [] : [.. proposal.InSync.Select(r => r.Broker)];
}
