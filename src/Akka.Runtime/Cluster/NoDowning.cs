using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Downs nobody: unreachable members stay until someone calls Down.</summary>
public sealed class NoDowning(ActorSystem system, Cluster cluster) : IDowningProvider
{
    public TimeSpan DownRemovalMargin { get; } = cluster.Settings.DownRemovalMargin;

    public Props DowningActorProps => null!;

    public override string ToString() => $"NoDowning of {system.Name}";
}
