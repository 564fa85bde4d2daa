namespace Akka.Cluster.Sharding;

internal enum CoordinatorAction
{
    /// <summary>The region, or proxy, is known: acknowledge it, with all homes.</summary>
    Acknowledge,

    /// <summary>Tell when the region ends.</summary>
    Watch,

    /// <summary>Ask the strategy where the shard is to be; the region asked for it first.</summary>
    Decide,

    /// <summary>No answer of the strategy can be used; the shard stays without a home until somebody asks again.</summary>
    Undecided,

    /// <summary>Tell the region where the shard is: at <c>Home</c>.</summary>
    TellHome,

    /// <summary>Tell the region that no region can take the shard now.</summary>
    Homeless,

    /// <summary>Tell the region to start the shard, and again until it has.</summary>
    Host,

    /// <summary>The shard has started.</summary>
    Started,

    /// <summary>Tell the region to keep what comes for the shard.</summary>
    BeginHandOff,

    /// <summary>Tell the region to stop the shard.</summary>
    HandOff,

    /// <summary>From now on the hand-off of the shard may take its time.</summary>
    StartHandOffTimer,

    /// <summary>The shard is where it was, at the region: it was not handed off in time.</summary>
    HandOffLate,

    /// <summary>The shard has no home any more.</summary>
    Deallocated,

    /// <summary>The region came with the shard, which is at <c>Home</c>: it is told to stop it.</summary>
    Conflict,

    /// <summary>The region's node is gone; its shards are free after the margin.</summary>
    DelayRemoval,
}

/// <summary>What the coordinator is to do.</summary>
internal readonly record struct CoordinatorEffect<TRegion>(CoordinatorAction Action, TRegion? Region, string? Shard = null, TRegion? Home = default)
    where TRegion : class
{
    public override string ToString() => (Region, Shard, Home) switch
    {
        (_, null, _) => $"{Action}({Region})",
        (null, _, _) => $"{Action}({Shard})",
        (_, _, null) => $"{Action}({Shard} @{Region})",
        _ => $"{Action}({Shard} @{Region}: {Home})",
    };
}
