using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Formation;

/// <summary>
/// How a node finds its cluster, decided from its own disk and from what others answer. Pure; asked again with fresh answers until it is through.
/// <code>
/// metadata on disk ── a voter is in a cluster ─────────────────────────────────▶ join that
///                  ── a majority of voters answers, none is in one ── lowest id ─▶ begin it, and the others join
///                  ── else ─────────────────────────────────────────────────────▶ wait
/// empty ── somebody has metadata ── which names this very disk a voter ─▶ write the same voter set
///                                ── else ──────────────────────────────▶ learner
///       ── all configured voters answer, all are empty ── first of them ─▶ write a cluster id and all of them as voters
///                                                      ── else ────────▶ wait for the first
/// </code>
/// <para>
/// Akka lets only the first seed begin a cluster, so a full restart without it would hang, and one that restarts cut off would make an island: hence a node that
/// has metadata goes by the voters in its own log and not by seeds. A crash between the first voter's writing and the others' is made good by the others finding
/// themselves named. A wiped disk has a new directory id, so it is nobody's voter and becomes a learner.
/// </para>
/// </summary>
public static class FormationRules
{
    /// <summary>For a node that has metadata.</summary>
    /// <param name="own">From its disk.</param>
    /// <param name="answers">What voters of its log have answered, by node id.</param>
    public static FormationStep Rejoin(OwnState own, IReadOnlyDictionary<int, NodeStateResponse> answers)
    {
        Invariant.Check(own.HasMetadata);
        var known = answers.Where(a => a.Value.ClusterId == own.ClusterId).ToDictionary();
        var foreign = answers.FirstOrDefault(a => a.Value.ClusterId is not null && a.Value.ClusterId != own.ClusterId);
        var member = known.Values
            .Where(a => a.IsMember && a.AkkaAddress is not null)
            .OrderByDescending(a => a.QuorumLeaderId >= 0)
            .ThenByDescending(a => a.MemberCount)
            .ThenBy(a => a.NodeId)
            .FirstOrDefault();
        if (member is not null)
            return Unfit(own, member) ?? (FormationStep)new FormationStep.Join(member.AkkaAddress!);

        var present = known.Values.Select(a => new ReplicaKey(a.NodeId, a.DirectoryId)).Append(own.Key).Where(own.Voters.Contains).Select(k => k.Id).Distinct().Order().ToList();
        if (present.Count < own.Voters.Majority)
        {
            var missing = own.Voters.All.Select(v => v.Id).Except(present);
            var text = $"a majority of the voters {own.Voters}: {string.Join(", ", missing)} not reached";
            return new FormationStep.Wait(foreign.Value is null ? text : $"{text}; node {foreign.Key} is of another cluster, {foreign.Value.ClusterId}");
        }
        return present[0] == own.Key.Id ? new FormationStep.JoinSelf() : new FormationStep.Wait($"node {present[0]} to begin the cluster");
    }

    /// <summary>For a node without metadata.</summary>
    /// <param name="own">From its disk.</param>
    /// <param name="configured">Akka addresses (<c>host:port</c>) of the voters at the first formation, in the order that every node's settings have.</param>
    /// <param name="self">This node's own answer, and its address among those, if it is there.</param>
    /// <param name="answers">Of the configured voters but itself, by the address that was asked.</param>
    /// <param name="members">Of further members of the Akka cluster.</param>
    public static FormationStep Begin(
        OwnState own,
        IReadOnlyList<string> configured,
        (string Address, NodeStateResponse State) self,
        IReadOnlyDictionary<string, NodeStateResponse> answers,
        IReadOnlyCollection<NodeStateResponse> members)
    {
        Invariant.Check(!own.HasMetadata);
        var everybody = answers.Values.Concat(members).Where(a => a.DirectoryId != own.Key.DirectoryId).ToList();
        if (everybody.Find(a => a.NodeId == own.Key.Id && a.IncarnationId != self.State.IncarnationId) is { } twin)
            return new FormationStep.Refuse($"Node id {own.Key.Id} is taken by the live node at {twin.AkkaAddress}. Give this node another akka.broker.node-id.");

        var formed = everybody.Where(a => a.ClusterId is not null && a.Voters.Count > 0).OrderByDescending(a => a.QuorumLeaderId >= 0).ThenByDescending(a => a.LogEndOffset).FirstOrDefault();
        if (formed is not null)
        {
            if (Unfit(own, formed) is { } refusal)
                return refusal;
            if (own.ClusterId is not null && own.ClusterId != formed.ClusterId)
            {
                return new FormationStep.Refuse(
                    $"The data folders belong to cluster {own.ClusterId}, but the cluster at {formed.AkkaAddress} is {formed.ClusterId}. Point akka.cluster.seed-nodes at the right one, or give the node empty folders.");
            }
            var voters = VotersOf(formed, own.InterBrokerListener);
            return voters.Contains(own.Key) ? new FormationStep.Form(formed.ClusterId, voters) : new FormationStep.Learn(formed.ClusterId!, voters);
        }

        if (!configured.Contains(self.Address))
            return new FormationStep.Wait($"one of {string.Join(", ", configured)} to be in a cluster (this node, {self.Address}, is none of the voters)");
        var missing = configured.Where(c => c != self.Address && !answers.ContainsKey(c)).ToList();
        if (missing.Count > 0)
            return new FormationStep.Wait($"all voters to be there, since the cluster is formed with every one of them: {string.Join(", ", missing)} not reached");
        var all = configured.Select(c => c == self.Address ? self.State : answers[c]).ToList();
        if (all.GroupBy(a => a.NodeId).FirstOrDefault(g => g.Count() > 1) is { } same)
            return new FormationStep.Refuse($"Node id {same.Key} is claimed by {string.Join(" and ", same.Select(a => a.AkkaAddress))}. Give every node an akka.broker.node-id of its own.");
        return configured[0] == self.Address
            ? new FormationStep.Form(own.ClusterId, new VoterSet(all.Select(a => VoterOf(a, own.InterBrokerListener))))
            : new FormationStep.Wait($"{configured[0]}, the first of the voters, to form the cluster");
    }

    /// <summary>Why this build cannot be in one cluster with that node; null if it can.</summary>
    private static FormationStep.Refuse? Unfit(OwnState own, NodeStateResponse other)
    {
        if (other.AkkaSource != NodeStateSource.Source)
        {
            return new FormationStep.Refuse(
                $"This node was built with the {NodeStateSource.Source} Akka.NET, node {other.NodeId} at {other.AkkaAddress} with the {other.AkkaSource} one; they do not understand each other. Build it with -p:AkkaSource={other.AkkaSource}.");
        }
        return own.Levels.RefusalOf(other.MetadataVersion) is { } refusal ? new FormationStep.Refuse(refusal) : null;
    }

    private static VoterSet VotersOf(NodeStateResponse state, string listener) =>
        new(state.Voters.Select(v => new Voter(v.VoterId, v.DirectoryId, new VoterEndpoint(listener, v.Host ?? "", v.Port))));

    private static Voter VoterOf(NodeStateResponse state, string listener) =>
        new(state.NodeId, state.DirectoryId, new VoterEndpoint(listener, state.Host ?? "", state.Port));
}
