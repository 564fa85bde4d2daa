using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum;

/// <summary>To the controller: append this voter set, which the quorum's actor has found to be one step from the committed one. Nobody answers.</summary>
public sealed record AppendVoters(int Epoch, VoterSet Voters) : IControllerEvent;

/// <summary>
/// On the leader: sees to it that the voters are what they should be (<see cref="VoterPlanner"/>), one change at a time. The controller appends the change among its
/// other decisions, since it alone knows the offset of its next one.
/// </summary>
internal sealed class VoterKeeper(QuorumServices services, ReplicaKey self)
{
    private const long PendingMsMax = 5000;
    private const long CaughtUpMsMax = 2000;
    private const long LiveMsMax = 3000;

    private readonly Dictionary<int, long> _seenAt = [];
    private long _changedAt;
    private long _pendingUntil;
    private int _epoch;

    /// <summary>The newest set in the log is another.</summary>
    public void OnChanged(long nowMs) => (_changedAt, _pendingUntil) = (nowMs, 0);

    /// <summary>Makes the next change if there is one to make; null, or why it cannot be made now.</summary>
    public VoterRefusal? Plan(QuorumMachine machine, IReadOnlyList<int> oldestFirst, long nowMs)
    {
        if (!machine.MayDecide)
        {
            _epoch = 0;
            return null;
        }
        if (_epoch != machine.Epoch)
        {
            // What an earlier leader has seen of the others is not known here.
            _epoch = machine.Epoch;
            _seenAt.Clear();
            _changedAt = nowMs;
        }
        var next = VoterPlanner.Next(machine.Voters, self, Brokers(machine, oldestFirst, nowMs), services.ConfiguredVoters, nowMs - _changedAt);
        return next is null || nowMs < _pendingUntil ? null : Propose(machine, next, nowMs);
    }

    /// <summary>As somebody asks; null, or why not.</summary>
    public VoterRefusal? Change(QuorumMachine machine, Func<VoterSet, VoterSet?> change)
    {
        if (change(machine.Voters) is not { } next)
            return null;
        var nowMs = services.Port.NowMs;
        foreach (var key in next.Keys)
        {
            // One that is not there would weigh on every majority, and could commit nothing.
            if (!machine.Voters.Contains(key) && !IsCaughtUp(machine, key, nowMs))
                return new VoterRefusal(ErrorCode.InvalidRequest, $"Node {key.Id} with directory id {key.DirectoryId} does not follow the metadata log, or is behind: it can vote when DescribeQuorum shows it as an observer that has caught up.");
        }
        return Propose(machine, next, nowMs);
    }

    private VoterRefusal? Propose(QuorumMachine machine, VoterSet next, long nowMs)
    {
        if (next.IsEmpty)
            return new VoterRefusal(ErrorCode.InvalidRequest, $"The only voter, {machine.Voters}, cannot be taken its vote: nobody could decide anything any more. Add another voter first.");
        if (nowMs < _pendingUntil)
            return VoterRefusal.NotNow("Another change of voters is under way.");
        if (machine.RefusalOf(next) is { } refusal)
            return VoterRefusal.NotNow(refusal);
        if (machine.StarvationOf(next, nowMs) is { } starvation)
            return new VoterRefusal(ErrorCode.InvalidRequest, starvation);
        _pendingUntil = nowMs + PendingMsMax;
        services.Guardian.Tell(new AppendVoters(machine.Epoch, next), Akka.Actor.ActorRefs.NoSender);
        return null;
    }

    private List<VoterCandidate> Brokers(QuorumMachine machine, IReadOnlyList<int> oldestFirst, long nowMs)
    {
        var image = services.Port.Committed;
        var places = oldestFirst.Select((id, place) => (id, place)).ToDictionary(p => p.id, p => p.place);
        List<VoterCandidate> brokers = [];
        foreach (var broker in image.Brokers.Values.OrderBy(b => places.GetValueOrDefault(b.Id, int.MaxValue)).ThenBy(b => b.Id))
        {
            var key = new ReplicaKey(broker.Id, broker.DirectoryId);
            VoterEndpoint[] endpoints = broker.EndpointOf(services.InterBrokerListener) is { } at ? [new(at.Listener, at.Host, at.Port)] : [];
            var progress = machine.Replicas?.GetValueOrDefault(key);
            var isLive = key == self || (!broker.Fenced && progress is not null && nowMs - progress.LastFetchMs <= LiveMsMax);
            if (isLive)
                _seenAt[broker.Id] = nowMs;
            var gone = nowMs - (_seenAt.TryGetValue(broker.Id, out var seen) ? seen : _seenAt[broker.Id] = nowMs);
            brokers.Add(new VoterCandidate(new Voter(key.Id, key.DirectoryId, endpoints), isLive ? 0 : Math.Max(1, gone), IsCaughtUp(machine, key, nowMs)));
        }
        return brokers;
    }

    private bool IsCaughtUp(QuorumMachine machine, ReplicaKey key, long nowMs) =>
        key == self || (machine.Replicas?.GetValueOrDefault(key) is { CaughtUpMs: >= 0 } progress && nowMs - progress.CaughtUpMs <= CaughtUpMsMax);
}
