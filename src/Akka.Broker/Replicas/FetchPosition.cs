using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replicas;

internal enum FetchPositionState : byte
{
    /// <summary>Not asked for; forgotten with the next request.</summary>
    Stopped,

    /// <summary>Asked for, or to be with the next request.</summary>
    Ready,

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

    /// <summary>How often it was refused in a row.</summary>
    public int Refusals { get; set; }

    /// <summary>It is not what the last request made of it.</summary>
    public bool HasChanged { get; set; }
}
