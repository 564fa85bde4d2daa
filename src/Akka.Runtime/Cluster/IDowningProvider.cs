using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// Decides which unreachable members are downed. <c>akka.cluster.downing-provider-class</c> names it; it is made with
/// (<see cref="ActorSystem"/>, <see cref="Cluster"/>).
/// </summary>
public interface IDowningProvider
{
    /// <summary>How long singletons and shards wait after a member was removed before they start elsewhere.</summary>
    TimeSpan DownRemovalMargin { get; }

    /// <summary>The actor that watches and downs, started beside the membership; null for none.</summary>
    Props DowningActorProps { get; }
}
