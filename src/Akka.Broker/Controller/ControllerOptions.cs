using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Controller;

/// <summary>Answers what the metadata log's quorum on the controller's node is asked: to change its voters, if the request is of this cluster, or to describe itself.</summary>
public delegate Task<IResponse> QuorumAdministrator(IRequest request, string clusterId);

/// <summary>What the controller of a node is made with.</summary>
public sealed record ControllerOptions
{
    public required int NodeId { get; init; }

    /// <summary>Chosen by this start of the process; its registration carries it. Until that is in the log, nothing of the log shows on this node.</summary>
    public required Guid IncarnationId { get; init; }

    /// <summary>What the data folders say; null if they do not know yet. A metadata log of another cluster is refused.</summary>
    public required string? ClusterId { get; init; }

    /// <summary>For the id of a cluster that is formed by this start.</summary>
    public required Func<string> NewClusterId { get; init; }

    /// <summary>The rules.</summary>
    public required ControllerState State { get; init; }

    /// <summary>The newest voters of the metadata log.</summary>
    public required Func<VoterSet> Voters { get; init; }

    /// <summary>Carries out what operators ask of the quorum, which no image shows; null: nobody can.</summary>
    public QuorumAdministrator? Quorum { get; init; }

    /// <summary>Is asked when leaders are up.</summary>
    public required IActorRef Node { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>How long the creator of a topic waits for its leaders once the topic is committed.</summary>
    public TimeSpan LeadersTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The epoch that this node has won; set by the guardian.</summary>
    public int Epoch { get; init; }

    /// <summary>How long after the node's start commands wait for an election rather than being refused.</summary>
    public TimeSpan ElectionWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long brokers may be silent before they are fenced.</summary>
    public SessionTimeouts Sessions { get; init; } = new(2000, 1000);

    /// <summary>Who is a member of the cluster; null: everybody is.</summary>
    public Membership? Membership { get; init; }

    /// <summary>How often the sessions are looked at.</summary>
    public TimeSpan SessionCheckInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often partitions without leader and internal topics with too few replicas are looked for.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often leaderships go back to preferred leaders; null: never by themselves.</summary>
    public TimeSpan? BalanceInterval { get; init; }

    /// <summary>Where others lead more than this share of the partitions that a broker should lead.</summary>
    public int BalancePercentage { get; init; } = 10;
}
