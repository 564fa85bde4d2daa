namespace Akka.Actor;

/// <summary>What can ask to be told of an actor's end.</summary>
public interface ICanWatch
{
    /// <summary>A <see cref="Terminated"/> comes when <paramref name="subject"/> has stopped, at once if it is dead already.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>As <see cref="Watch"/>, with <paramref name="message"/> in place of <see cref="Terminated"/>.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>No notice comes any more, not even one that is queued.</summary>
    IActorRef Unwatch(IActorRef subject);
}
