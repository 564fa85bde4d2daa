namespace Akka.Broker.Client.Consuming;

/// <summary>What a member of a group goes by.</summary>
internal sealed record MembershipOptions
{
    public required string GroupId { get; init; }

    /// <summary>Makes the member a static one: a restart within the session gets its partitions back without a rebalance (KIP-345).</summary>
    public string? InstanceId { get; init; }

    public string? Rack { get; init; }

    public required IReadOnlyList<IPartitionAssignor> Assignors { get; init; }

    /// <summary>A member that the coordinator does not hear for so long is out.</summary>
    public int SessionTimeoutMs { get; init; } = 45_000;

    public int HeartbeatIntervalMs { get; init; } = 3_000;

    /// <summary>How long the coordinator waits in a rebalance for a member to come back.</summary>
    public int RebalanceTimeoutMs { get; init; } = 60_000;

    public int RetryBackoffMs { get; init; } = 100;

    /// <summary>Cooperative only if every assignor is: that is how a group changes over, one member after the other.</summary>
    public bool IsCooperative => Assignors.All(a => a.IsCooperative);
}
