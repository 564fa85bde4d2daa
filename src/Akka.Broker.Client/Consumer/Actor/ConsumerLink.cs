using Akka.Actor;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// What a consumer's actor shares with those outside it: the queue of what is fetched, and who is told of events and asked about partitions that come and go. Thread-safe.
/// </summary>
internal sealed class ConsumerLink
{
    private IActorRef? _actor;

    public ConsumerLink() => Queue = new ChunkQueue(_ => Nudge());

    public ChunkQueue Queue { get; }

    /// <summary>Told of each event, on the actor's thread.</summary>
    public Action<ConsumerEvent>? Told { get; init; }

    public IRebalanceListener? Listener { get; init; }

    /// <summary>Somebody asks for records, as far as one can see.</summary>
    public Func<bool> HasDemand { get; init; } = static () => true;

    /// <summary>Set before anything is put into the queue.</summary>
    public IActorRef? Actor
    {
        get => Volatile.Read(ref _actor);
        set => Volatile.Write(ref _actor, value);
    }

    public void Nudge() => Actor?.Tell(ConsumerNudge.Instance, ActorRefs.NoSender);

    /// <summary>A batch cannot be read. What is fetched behind it must not be read in its place: the actor drops that and fetches again.</summary>
    public void ReadFailed(PartitionDelivery delivery, Exception error)
    {
        delivery.IsPaused = true;
        Actor?.Tell(new ReadFailed(delivery, error), ActorRefs.NoSender);
    }

    /// <summary>The reader of an open delivery has left records unfinished: they are to be delivered again.</summary>
    public void Abandon(PartitionDelivery delivery) => Actor?.Tell(new DeliveryAbandoned(delivery), ActorRefs.NoSender);

    public void Raise(ConsumerEvent raised) => Actor?.Tell(new EventRaised(raised), ActorRefs.NoSender);
}
