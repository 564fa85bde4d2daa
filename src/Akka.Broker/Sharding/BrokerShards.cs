namespace Akka.Broker.Sharding;

/// <summary>There is one shard a broker, named by the broker's id.</summary>
public static class BrokerShards
{
    private static readonly string[] Small = [.. Enumerable.Range(0, 256).Select(id => id.ToString())];

    public static string ShardOf(int brokerId) => (uint)brokerId < (uint)Small.Length ? Small[brokerId] : brokerId.ToString();

    /// <summary>The cluster role by which the others know which member is which broker.</summary>
    public static string RoleOf(int brokerId) => $"broker-{brokerId}";
}
