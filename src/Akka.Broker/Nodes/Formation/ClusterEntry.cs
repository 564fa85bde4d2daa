using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Formation;

/// <summary>The Akka cluster as a node enters it.</summary>
public interface IClusterDoor
{
    /// <summary><c>host:port</c>, as voters and seeds are configured.</summary>
    string SelfAddress { get; }

    /// <summary>Whether this node is a member, and Up, be it weakly.</summary>
    bool IsUp { get; }

    /// <summary>Whether the cluster has welcomed this node, which is not Up yet.</summary>
    bool IsJoining { get; }

    /// <summary>Akka addresses of the other members, <c>host:port</c>.</summary>
    IReadOnlyCollection<string> Others { get; }

    void JoinSelf();

    /// <param name="akkaAddress">Whole: <c>akka.tcp://broker@host:port</c>.</param>
    void Join(string akkaAddress);

    /// <summary>By Akka's own rules: the first seed begins, the others join any.</summary>
    void JoinSeeds();
}

/// <summary>Asks other nodes what they are. Null: no answer in time, or none that makes sense.</summary>
public interface INodeProbe
{
    /// <summary>Over the wire, at the inter-broker address that the metadata log has of it.</summary>
    Task<NodeStateResponse?> AskAsync(Voter voter, CancellationToken cancelled);

    /// <summary>Over Akka.</summary>
    /// <param name="akkaHostPort"><c>host:port</c></param>
    /// <param name="cancelled">Gives up.</param>
    Task<NodeStateResponse?> AskAsync(string akkaHostPort, CancellationToken cancelled);
}

/// <summary>What a node needs to enter.</summary>
/// <param name="Own">From its disk.</param>
/// <param name="HasSeeds">Whether <c>akka.cluster.seed-nodes</c> names any; without, a node alone is a cluster.</param>
/// <param name="Voters">At the first formation, <c>host:port</c> in the order of the settings.</param>
/// <param name="State">What this node tells others.</param>
public sealed record EntryOptions(OwnState Own, bool HasSeeds, IReadOnlyList<string> Voters, NodeStateSource State);

/// <summary>A cluster that this node must not enter, or a node that must not be there. The message says what to do.</summary>
public sealed class FormationRefusedException(string reason) : Exception(reason);

/// <summary>
/// Brings a node into its cluster: asks, decides by <see cref="FormationRules"/>, joins, and asks again until it is in. Nothing is written to disk here:
/// who calls does that, with what this answers, before the quorum starts.
/// <para>
/// In is whoever is Up, and a voter that has been joining for <see cref="JoiningMax"/>: some member is unreachable then, since all would have agreed long ago. To take that one
/// out may need the very majority that this voter makes, and Akka would let it work, weakly up, after 7 s alone. A quorum does not go by membership, so it may vote at once;
/// the controller keeps its broker fenced until it is up.
/// </para>
/// </summary>
public sealed class ClusterEntry(EntryOptions options, IClusterDoor door, INodeProbe probe, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan JoinMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan JoiningMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(2);
    private long _waitingSince = -1;
    private string? _said;
    private volatile bool _isCut;

    /// <summary>Whether some voter did not answer when this node, which has been in the cluster before, joined it. Any thread.</summary>
    public bool IsCut => _isCut;

    /// <returns>
    /// <see cref="FormationStep.Form"/>: write this voter set; <see cref="FormationStep.Learn"/>: follow these voters; null: the metadata on disk says all.
    /// </returns>
    /// <exception cref="FormationRefusedException">The node must not go on.</exception>
    public async Task<FormationStep?> EnterAsync(CancellationToken cancelled)
    {
        if (options.Own.HasMetadata)
        {
            await RejoinAsync(cancelled).ConfigureAwait(false);
            return null;
        }
        if (!options.HasSeeds)
        {
            door.JoinSelf();
            var self = options.State.Current();
            var endpoint = new VoterEndpoint(options.Own.InterBrokerListener, self.Host!, self.Port);
            return new FormationStep.Form(options.Own.ClusterId, new VoterSet([new Voter(self.NodeId, self.DirectoryId, endpoint)]));
        }
        door.JoinSeeds();
        return await BeginAsync(cancelled).ConfigureAwait(false);
    }

    private async Task RejoinAsync(CancellationToken cancelled)
    {
        while (true)
        {
            var voters = options.Own.Voters.All.Where(v => v.Key != options.Own.Key).ToList();
            var answers = await Task.WhenAll(voters.Select(v => probe.AskAsync(v, cancelled))).ConfigureAwait(false);
            _isCut = answers.Contains(null);
            var byId = answers.OfType<NodeStateResponse>().Where(a => a.IncarnationId != options.State.IncarnationId).DistinctBy(a => a.NodeId).ToDictionary(a => a.NodeId);
            switch (FormationRules.Rejoin(options.Own, byId))
            {
                case FormationStep.JoinSelf:
                    door.JoinSelf();
                    return;
                case FormationStep.Join join:
                    door.Join(join.AkkaAddress);
                    if (await IsInSoonAsync(cancelled).ConfigureAwait(false))
                        return;
                    log($"The member at {join.AkkaAddress} has not let this node in within {JoinMax.TotalSeconds:0} s; the voters are asked again.");
                    break;
                case FormationStep.Refuse refuse:
                    throw new FormationRefusedException(refuse.Reason);
                case FormationStep.Wait wait:
                    Say(wait.For);
                    await Task.Delay(Interval, time, cancelled).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task<FormationStep> BeginAsync(CancellationToken cancelled)
    {
        while (true)
        {
            var configured = options.Voters.Where(v => v != door.SelfAddress).ToList();
            var members = door.Others.Except(configured).ToList();
            var answers = await Task.WhenAll(configured.Concat(members).Select(a => probe.AskAsync(a, cancelled))).ConfigureAwait(false);
            var byAddress = configured.Zip(answers).Where(a => a.Second is not null).ToDictionary(a => a.First, a => a.Second!);
            var others = answers.Skip(configured.Count).OfType<NodeStateResponse>().ToList();
            switch (FormationRules.Begin(options.Own, options.Voters, (door.SelfAddress, options.State.Current()), byAddress, others))
            {
                case FormationStep.Refuse refuse:
                    throw new FormationRefusedException(refuse.Reason);
                case FormationStep.Wait wait:
                    Say(wait.For);
                    await Task.Delay(Interval, time, cancelled).ConfigureAwait(false);
                    break;
                case var through:
                    return through;
            }
        }
    }

    private async Task<bool> IsInSoonAsync(CancellationToken cancelled)
    {
        var isVoter = options.Own.Voters.Contains(options.Own.Key);
        var started = time.GetTimestamp();
        var joiningSince = -1L;
        while (!door.IsUp)
        {
            if (joiningSince < 0 && door.IsJoining)
                joiningSince = time.GetTimestamp();
            if (isVoter && joiningSince >= 0 && time.GetElapsedTime(joiningSince) >= JoiningMax)
                return true;
            if (time.GetElapsedTime(started) >= JoinMax)
                return false;
            await Task.Delay(Interval, time, cancelled).ConfigureAwait(false);
        }
        return true;
    }

    /// <summary>A wait that is soon over is no news.</summary>
    private void Say(string text)
    {
        if (_waitingSince < 0)
            _waitingSince = time.GetTimestamp();
        if (text == _said || time.GetElapsedTime(_waitingSince) < QuietMax)
            return;
        _said = text;
        log($"This node waits for {text}.");
    }
}
