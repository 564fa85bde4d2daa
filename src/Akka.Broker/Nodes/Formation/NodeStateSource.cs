using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Formation;

/// <summary>What a node says of its place in an Akka cluster.</summary>
public sealed record MembershipFacts(string AkkaAddress, bool IsMember, int MemberCount);

/// <summary>What a node says of the metadata quorum.</summary>
public sealed record QuorumFacts(VoterSet Voters, int LeaderId, int LeaderEpoch, long LogEndOffset)
{
    public static readonly QuorumFacts None = new(VoterSet.Empty, -1, -1, -1);
}

/// <summary>
/// What this node answers to who asks what it is, from the moment its ports are bound. The parts are set by those that know them; any thread reads.
/// </summary>
public sealed class NodeStateSource(int nodeId, Guid incarnationId, BrokerEndpoint interBroker)
{
    private volatile MembershipFacts? _membership;
    private volatile string? _clusterId;

    public int NodeId { get; } = nodeId;

    public Guid IncarnationId { get; } = incarnationId;

    /// <summary>Of the folder with the metadata log; set once the data folders are open.</summary>
    public Guid DirectoryId { get; set; }

    /// <summary>Null while there is no actor system.</summary>
    public MembershipFacts? Membership
    {
        get => _membership;
        set => _membership = value;
    }

    /// <summary>Called by any thread.</summary>
    public Func<QuorumFacts> Quorum { get; set; } = () => QuorumFacts.None;

    public string? ClusterId
    {
        get => _clusterId;
        set => _clusterId = value;
    }

    /// <summary>The finalized level of <c>metadata.version</c>, 0 where none is known.</summary>
    public Func<short> MetadataLevel { get; set; } = () => 0;

    /// <summary>What this node can read.</summary>
    public MetadataLevels Levels { get; init; } = MetadataLevels.OfThisBuild;

    public NodeStateResponse Current()
    {
        var (membership, quorum) = (_membership, Quorum());
        return new NodeStateResponse
        {
            ClusterId = _clusterId,
            NodeId = NodeId,
            DirectoryId = DirectoryId,
            IncarnationId = IncarnationId,
            Host = interBroker.Host,
            Port = (ushort)interBroker.Port,
            AkkaAddress = membership?.AkkaAddress,
            AkkaSource = Source,
            IsMember = membership is { IsMember: true },
            MemberCount = membership?.MemberCount ?? 0,
            MetadataVersion = MetadataLevel(),
            MetadataVersionMin = Levels.Min,
            MetadataVersionMax = Levels.Max,
            QuorumLeaderId = quorum.LeaderId,
            QuorumLeaderEpoch = quorum.LeaderEpoch,
            LogEndOffset = quorum.LogEndOffset,
            Voters = [.. quorum.Voters.All.Select(v => new NodeStateResponse.NodeVoter
            {
                VoterId = v.Id,
                DirectoryId = v.Key.DirectoryId,
                Host = v.Endpoints.IsEmpty ? "" : v.Endpoints[0].Host,
                Port = (ushort)(v.Endpoints.IsEmpty ? 0 : v.Endpoints[0].Port),
            })],
        };
    }

    /// <summary>Which implementation of Akka.NET this build runs on: nodes of two kinds do not understand each other's remoting.</summary>
    public static string Source { get; } = typeof(Actor.ActorSystem).Assembly.GetName().Name == "Akka.Runtime" ? "bundled" : "nuget";
}
