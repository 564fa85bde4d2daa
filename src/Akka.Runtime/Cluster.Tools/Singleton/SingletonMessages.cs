using Akka.Event;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Between the managers of a singleton on different nodes.</summary>
public interface IClusterSingletonMessage;

/// <summary>
/// From the manager whose turn it is to one that may have the singleton: let it go. <paramref name="IsDown"/>: the asker knows that member as
/// downed, which that member may never learn.
/// </summary>
internal sealed record HandOverToMe(UniqueAddress From, UniqueAddress Of, bool IsDown) : IClusterSingletonMessage, IDeadLetterSuppression;

/// <summary>The member has no singleton and will never have it again.</summary>
internal sealed record HandOverDone(UniqueAddress Of) : IClusterSingletonMessage, IDeadLetterSuppression;
