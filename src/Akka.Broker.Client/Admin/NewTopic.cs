namespace Akka.Broker.Client.Admin;

/// <summary>A topic to be made.</summary>
/// <param name="Name">Letters, digits, <c>. _ -</c>, at most 249.</param>
/// <param name="Partitions">-1: the broker's default.</param>
/// <param name="ReplicationFactor">-1: the broker's default.</param>
public sealed record NewTopic(string Name, int Partitions = -1, short ReplicationFactor = -1)
{
    /// <summary>Settings by Kafka's names, as <c>retention.ms</c>.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    /// <summary>The brokers of each partition's replicas, the preferred leader first; with it the two numbers stay -1. Null: the controller places them.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>>? ReplicaAssignment { get; init; }
}

/// <summary>A topic that was made, or with validate-only would have been.</summary>
/// <param name="TopicId">Empty from brokers that do not tell it.</param>
/// <param name="Partitions">-1 from brokers that do not tell it.</param>
/// <param name="ReplicationFactor">-1 from brokers that do not tell it.</param>
/// <param name="Configs">All settings that are in force for it.</param>
public sealed record CreatedTopic(Guid TopicId, int Partitions, short ReplicationFactor, IReadOnlyList<ConfigEntry> Configs);
