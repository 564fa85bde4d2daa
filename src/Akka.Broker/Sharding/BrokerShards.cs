using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Sharding;

/// <summary>There is one shard a broker, named by the broker's id, on that broker's region and nowhere else.</summary>
public static class BrokerShards
{
    private const string RolePrefix = "broker-";
    private static readonly string[] Small = [.. Enumerable.Range(0, 256).Select(id => id.ToString())];

    public static string ShardOf(int brokerId) => (uint)brokerId < (uint)Small.Length ? Small[brokerId] : brokerId.ToString();

    /// <summary>The cluster role by which the others know which member is which broker.</summary>
    public static string RoleOf(int brokerId) => $"{RolePrefix}{brokerId}";

    /// <summary>The broker that a cluster role names.</summary>
    public static bool TryParseRole(string role, out int brokerId)
    {
        brokerId = -1;
        return role.StartsWith(RolePrefix, StringComparison.Ordinal)
            && int.TryParse(role.AsSpan(RolePrefix.Length), out brokerId)
            && RoleOf(brokerId) == role;
    }

    /// <summary>
    /// Starts a region of this node whose entities' shards are brokers, and sees to it that the homes of all brokers' shards are known before
    /// they are needed: a failover then asks no coordinator.
    /// </summary>
    public static IActorRef Start(
        ActorSystem system,
        string typeName,
        Props entityProps,
        IMessageExtractor extractor,
        IShardAllocationStrategy allocation,
        object handOffStopMessage)
    {
        var region = ClusterSharding.Get(system).Start(
            typeName,
            entityId => ShardAnchor.IsOne(entityId) ? ShardAnchor.Props : entityProps,
            ClusterShardingSettings.Create(system),
            new AnchoringExtractor(extractor),
            allocation,
            handOffStopMessage);
        system.ActorOf(ShardHomes.Props(region), $"shard-homes-{typeName}");
        return region;
    }
}
