namespace Akka.Broker.Client.Admin;

/// <summary>How many partitions a topic shall have.</summary>
/// <param name="TotalCount">The old ones included.</param>
public sealed record NewPartitions(int TotalCount)
{
    /// <summary>The brokers of each new partition's replicas, the preferred leader first. Null: the controller places them.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Assignments { get; init; }
}
