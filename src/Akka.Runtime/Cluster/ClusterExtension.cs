using Akka.Actor;

namespace Akka.Cluster;

/// <summary>The way to a system's <see cref="Cluster"/>.</summary>
public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    internal static readonly ClusterExtension Instance = new();

    public override Cluster CreateExtension(ExtendedActorSystem system) => new(system);
}
