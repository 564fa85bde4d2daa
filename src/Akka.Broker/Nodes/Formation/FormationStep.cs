using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Nodes.Formation;

/// <summary>What a node does next on its way into a cluster.</summary>
public abstract record FormationStep
{
    private FormationStep()
    {
    }

    /// <summary>Ask again soon.</summary>
    /// <param name="For">What is waited for, for the log.</param>
    public sealed record Wait(string For) : FormationStep;

    /// <summary>Begin the Akka cluster alone; the others will join it.</summary>
    public sealed record JoinSelf : FormationStep;

    /// <summary>Join the Akka cluster of this member.</summary>
    public sealed record Join(string AkkaAddress) : FormationStep;

    /// <summary>Write the first voter set to the empty metadata log: this node begins the cluster, or was named in its beginning.</summary>
    public sealed record Form(string? ClusterId, VoterSet Voters) : FormationStep;

    /// <summary>Follow the metadata log of these voters as a learner.</summary>
    public sealed record Learn(string ClusterId, VoterSet Voters) : FormationStep;

    /// <summary>The node must not go on.</summary>
    /// <param name="Reason">One line, with what to do.</param>
    public sealed record Refuse(string Reason) : FormationStep;
}
