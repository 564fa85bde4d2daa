using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What a controller knows of its brokers when it asks <see cref="VoterPlanner"/> for the next change of voters.</summary>
internal sealed class VoterKeeping(NodeLife node)
{
    private const long CaughtUpMsMax = 500;
    private const int PeriodMs = 1000;

    private readonly Dictionary<int, long> _seenAt = [];
    private readonly long _since = node.NowMs;
    private long _nextAt = node.NowMs + PeriodMs;

    /// <summary>The set to change to; null: the voters stay as they are.</summary>
    public VoterSet? Next()
    {
        var machine = node.Quorum.Machine;
        if (node.NowMs < _nextAt || !machine.MayDecide)
            return null;
        _nextAt = node.NowMs + PeriodMs;
        return VoterPlanner.Next(machine.Voters, machine.Options.Self, Brokers(machine), node.World.ConfiguredVoters, node.NowMs - _since);
    }

    private List<VoterCandidate> Brokers(QuorumMachine machine)
    {
        var brokers = new List<VoterCandidate>();
        foreach (var broker in node.Image.Brokers.Values)
        {
            var key = new ReplicaKey(broker.Id, broker.DirectoryId);
            var isSelf = key == machine.Options.Self;
            var progress = machine.Replicas?.GetValueOrDefault(key);
            var isLive = isSelf || (!broker.Fenced && progress is not null && node.NowMs - progress.LastFetchMs <= World.SessionTimeoutMs);
            if (isLive || !_seenAt.ContainsKey(broker.Id))
                _seenAt[broker.Id] = node.NowMs;
            var isCaughtUp = isSelf || (progress is { CaughtUpMs: >= 0 } && node.NowMs - progress.CaughtUpMs <= CaughtUpMsMax);
            brokers.Add(new VoterCandidate(new Voter(key.Id, key.DirectoryId), isLive ? 0 : Math.Max(1, node.NowMs - _seenAt[broker.Id]), isCaughtUp));
        }
        return brokers;
    }
}
