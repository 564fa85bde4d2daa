using Akka.Broker.Remoting;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Nodes;

/// <summary>The node's newest metadata; sent to the <see cref="NodeActor"/> in the order of the log.</summary>
public sealed record MetadataChanged(MetadataImage Old, MetadataImage New);

/// <summary>
/// Asks to be told (<see cref="LeadersUp"/>) when every partition of the topics that the metadata, as of this offset at least, gives to this node is led here.
/// </summary>
public sealed record AwaitLeaders(IReadOnlyCollection<Guid> TopicIds, long MetadataOffset = -1);

/// <summary>The answer to <see cref="AwaitLeaders"/>. A topic that was deleted meanwhile does not hold it back.</summary>
public sealed record LeadersUp;

/// <summary>
/// To another node's <see cref="NodeActor"/>, from one that stops. Answered with <see cref="MetadataFollowed"/> when that node goes by the metadata, as of this offset at
/// least, and leads all that they give to it: whoever asks there for a leader is told the new one.
/// </summary>
public sealed record AwaitMetadata(long MetadataOffset) : IRemoteMessage;

/// <summary>The answer to <see cref="AwaitMetadata"/>.</summary>
public sealed record MetadataFollowed : IRemoteMessage
{
    public static readonly MetadataFollowed Instance = new();
}
