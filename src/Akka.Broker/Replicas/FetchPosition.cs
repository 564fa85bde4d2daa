using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replicas;

internal enum FetchPositionState : byte
{
    /// <summary>To be asked for with the next request.</summary>
    Ready,

    /// <summary>In the request that is under way.</summary>
    Asked,

    /// <summary>The replica has an answer and is not through with it.</summary>
    Out,

    /// <summary>Ready after a wait.</summary>
    BackingOff,
}

/// <summary>One partition as its <see cref="FetcherActor"/> knows it.</summary>
internal sealed class FetchPosition(TopicIdPartition target)
{
    public TopicIdPartition Target { get; } = target;

    public IActorRef Replica { get; set; } = ActorRefs.Nobody;

    public ReplicaFetch Next { get; set; }

    public FetchPositionState State { get; set; }
}
