namespace Akka.Cluster.Sharding;

/// <summary>What a coordinator knows of its type: the regions and proxies are at the same paths on every node.</summary>
internal sealed record CoordinatorPlace(string TypeName, ClusterShardingSettings Settings, string RegionPath, string ProxyPath);
