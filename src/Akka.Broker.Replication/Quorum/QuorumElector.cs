using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// The part of a <see cref="QuorumMachine"/> that claims and votes: when it is this voter's turn, who has answered, whom it votes for.
/// <para>Invariants: a claim counts answers to its own questions only, one a voter.</para>
/// </summary>
internal sealed class QuorumElector(QuorumMachine machine)
{
    private readonly Dictionary<long, ReplicaKey> _asked = [];
    private readonly HashSet<ReplicaKey> _granted = [];
    private readonly HashSet<ReplicaKey> _refused = [];
    private long _claimAt = long.MaxValue;
    private long _expiresAt = long.MaxValue;
    private int _failures;

    public long NextTickMs => machine.Role switch
    {
        QuorumRole.Unattached when MayClaim => _claimAt,
        QuorumRole.Prospective or QuorumRole.Candidate => _expiresAt,
        _ => long.MaxValue,
    };

    private QuorumOptions Options => machine.Options;

    /// <summary>
    /// A voter, or one whose removal is not known to be committed: if what follows the removal was appended here and the others lack it, none of them can win, and only
    /// this replica can bring it to them. It counts for no majority, and resigns when the removal is committed. Raft (Ongaro's thesis, 4.2.2).
    /// </summary>
    private bool MayClaim =>
        machine.IsVoter || (machine.History.LatestOffset >= machine.HighWatermark && machine.History.At(machine.History.LatestOffset).Contains(Options.Self));

    private bool IsClaiming => machine.Role is QuorumRole.Prospective or QuorumRole.Candidate;

    public void Tick()
    {
        if (machine.Now < NextTickMs)
            return;
        if (IsClaiming)
            Fail();
        else if (machine.IsShort)
            Postpone();
        else
            Claim();
    }

    /// <summary>It follows: nothing to claim.</summary>
    public void Rest()
    {
        _failures = 0;
        _claimAt = long.MaxValue;
        EndClaim();
    }

    /// <summary>Nobody leads: this voter claims when those before it had their chance.</summary>
    public void WaitForTurn(ImmutableArray<int> successors = default)
    {
        EndClaim();
        _claimAt = machine.Now + TurnOf(successors) + Jitter();
    }

    /// <summary>After resigning.</summary>
    public void LetOthersGoFirst() => Postpone();

    /// <summary>Asks the other voters whether they would vote for this one.</summary>
    public void Claim()
    {
        machine.BecomeProspective();
        Ask(isPreVote: true);
    }

    /// <summary>Whoever is first now need not wait any longer.</summary>
    public void OnCandidatesChanged()
    {
        if (machine.Role == QuorumRole.Unattached && _failures == 0 && machine.Candidates is [var first, ..] && first == Options.Self.Id)
            ClaimSoon();
    }

    public void OnVote(VoteQuery query)
    {
        if (query.Voter != Options.Self)
        {
            Reply(query, ErrorCode.InvalidVoterKey, false);
            return;
        }
        if (query.Epoch < machine.Epoch)
        {
            Reply(query, ErrorCode.FencedLeaderEpoch, false);
            return;
        }
        machine.Learn(query.Epoch, -1);
        if (query.LogEnd < machine.VoteFloor)
        {
            Reply(query, ErrorCode.None, false);
            // Whoever has the longer log goes next.
            if (!machine.HasLeader && !machine.IsShort)
                ClaimSoon();
            return;
        }
        var isGranted = query.IsPreVote ? !machine.HearsLeader : MayVoteFor(query.Candidate);
        if (isGranted && !query.IsPreVote)
        {
            EndClaim();
            machine.Vote(query.Candidate);
        }
        if (isGranted && machine.Role == QuorumRole.Unattached)
            Postpone();
        Reply(query, ErrorCode.None, isGranted);
    }

    public void OnReply(VoteReply reply)
    {
        if (machine.Learn(reply.Epoch, reply.LeaderId) || !IsClaiming || !_asked.Remove(reply.Id, out var voter))
            return;
        if (reply.IsGranted)
            _granted.Add(voter);
        else
            _refused.Add(voter);
        Count();
    }

    /// <summary>Nobody answers there: as good as refused, for now.</summary>
    public void OnFailed(long id)
    {
        if (!IsClaiming || !_asked.Remove(id, out var voter))
            return;
        _refused.Add(voter);
        Count();
    }

    private bool MayVoteFor(ReplicaKey candidate) =>
        machine.Role is QuorumRole.Unattached or QuorumRole.Prospective && machine.LeaderId < 0
        && (machine.VotedFor is null || machine.VotedFor == candidate);

    private void Ask(bool isPreVote)
    {
        EndClaim();
        _expiresAt = machine.Now + Options.ElectionTimeoutMs;
        if (machine.IsVoter)
            _granted.Add(Options.Self);
        foreach (var voter in machine.Voters.Keys)
        {
            if (voter == Options.Self)
                continue;
            var id = machine.NextId();
            _asked.Add(id, voter);
            machine.Send(new VoteQuery(Options.Self.Id, voter.Id, id, machine.Epoch, Options.Self, voter, machine.LogEnd, isPreVote));
        }
        Count();
    }

    private void Count()
    {
        var majority = machine.Voters.Majority;
        if (_granted.Count >= majority)
        {
            if (machine.Role == QuorumRole.Prospective)
            {
                machine.BecomeCandidate();
                Ask(isPreVote: false);
            }
            else
            {
                ReplicaKey[] granting = [.. _granted];
                Rest();
                machine.BecomeLeader(granting);
            }
        }
        else if (machine.Voters.Count - _refused.Count < majority)
        {
            Fail();
        }
    }

    private void Fail()
    {
        EndClaim();
        machine.BecomeUnattachedAgain();
        var backoff = Math.Min(Options.BackoffMaxMs, Options.BackoffMs << Math.Min(_failures, 10));
        _failures++;
        _claimAt = machine.Now + TurnOf(default) + machine.Random.Next(backoff + 1) + Jitter();
    }

    private void EndClaim()
    {
        _asked.Clear();
        _granted.Clear();
        _refused.Clear();
        _expiresAt = long.MaxValue;
    }

    private void ClaimSoon() => _claimAt = Math.Min(_claimAt, machine.Now + Jitter());

    private void Postpone() => _claimAt = Math.Max(_claimAt == long.MaxValue ? 0 : _claimAt, machine.Now + Options.ElectionTimeoutMs + Jitter());

    private long Jitter() => machine.Random.Next(Options.ClaimJitterMs + 1);

    /// <summary>How long the voters before this one are given: in the order of a leader that resigned, else in membership's; without either, by lot.</summary>
    private long TurnOf(ImmutableArray<int> successors)
    {
        var order = successors.IsDefaultOrEmpty ? machine.Candidates : successors;
        if (order.IsEmpty)
            return machine.Random.Next((Options.ClaimStepMs * machine.Voters.Count) + 1);
        var before = 0;
        foreach (var id in order)
        {
            if (id == Options.Self.Id)
                break;
            // The one that was just lost is no candidate.
            if (machine.Voters.ContainsNode(id) && id != machine.LeaderId)
                before++;
        }
        return (long)before * Options.ClaimStepMs;
    }

    private void Reply(VoteQuery query, ErrorCode error, bool isGranted) =>
        machine.Send(new VoteReply(query.To, query.From, query.Id, error, machine.Epoch, machine.CurrentLeader, isGranted));
}
