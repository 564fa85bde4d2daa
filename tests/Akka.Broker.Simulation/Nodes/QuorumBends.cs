using Akka.Broker.Protocol;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Faults;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>The planted faults of the metadata's quorum: what goes into the machine or comes out of it is bent. Without one, all passes as it is.</summary>
internal sealed class QuorumBends(NodeLife node, QuorumDisk disk)
{
    private readonly Dictionary<long, VoteQuery> _votes = [];

    private World World => node.World;

    private LogPosition LogEnd => new(disk.Log.LastEpoch, disk.Log.EndOffset);

    public QuorumMessage In(QuorumMessage message)
    {
        if (message is FetchReply told && World.Has(Mutation.VoteByOldCopy))
            return told with { HighWatermark = told is { Diverging: null, SnapshotId: null } ? Math.Min(told.HighWatermark, disk.Log.SyncedOffset) : -1 };
        if (message is not VoteQuery vote)
            return message;
        if (World.Has(Mutation.VoteWithStaleLog) && vote.LogEnd < LogEnd)
            vote = vote with { LogEnd = LogEnd };
        if (World.Has(Mutation.GrantTwoVotes))
            _votes[vote.Id] = vote;
        return vote;
    }

    public QuorumMessage Out(QuorumMessage message, QuorumMachine machine) => message switch
    {
        VoteReply reply when _votes.Remove(reply.Id, out var vote) && !vote.IsPreVote && vote.Epoch == machine.Epoch && reply.Error == ErrorCode.None
            && vote.LogEnd >= LogEnd => reply with { IsGranted = true },
        FetchReply reply when World.Has(Mutation.CommitEarlierEpochs) && machine.Role == QuorumRole.Leader => reply with { HighWatermark = Committed(machine) },
        _ => message,
    };

    /// <summary>Null: it is not written.</summary>
    public ElectionState? Persisted(ElectionState state) =>
        World.Has(Mutation.GrantNotPersisted) && state.VotedFor is { } candidate && candidate.Id != node.Id ? null
        : World.Has(Mutation.ForgetWhatIsOwed) ? state with { Owed = null } : state;

    /// <summary>What is taken for committed.</summary>
    public long Committed(QuorumMachine machine)
    {
        if (!World.Has(Mutation.CommitEarlierEpochs) || machine.Replicas is not { } replicas)
            return machine.HighWatermark;
        var offsets = machine.Voters.Keys
            .Select(k => k == machine.Options.Self ? disk.Log.SyncedOffset : replicas.TryGetValue(k, out var progress) ? progress.FetchOffset : -1)
            .Order().ToList();
        return Math.Max(machine.HighWatermark, Math.Min(offsets[^machine.Voters.Majority], disk.Log.SyncedOffset));
    }
}
