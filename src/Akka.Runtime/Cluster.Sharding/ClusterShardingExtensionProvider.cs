using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>The way to a system's <see cref="ClusterSharding"/>.</summary>
public sealed class ClusterShardingExtensionProvider : ExtensionIdProvider<ClusterSharding>
{
    internal static readonly ClusterShardingExtensionProvider Instance = new();

    public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new(system);
}
