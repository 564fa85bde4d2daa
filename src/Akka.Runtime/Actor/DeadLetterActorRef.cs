using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Where messages to nobody and to the dead end: each is published on the event stream as a <see cref="DeadLetter"/>.</summary>
internal sealed class DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    : EmptyLocalActorRef(provider, path, eventStream)
{
    public override bool IsTerminated => false;

    protected override void TellInternal(object message, IActorRef? sender)
    {
        switch (message)
        {
            case DeadLetter letter:
                if (!Answered(letter.Message, letter.Sender, letter.Recipient))
                    EventStream.Publish(letter);
                break;
            case not null when !Answered(message, sender, this):
                EventStream.Publish(new DeadLetter(message, sender ?? this, this));
                break;
        }
    }

    /// <summary>Answers what even the dead answer, on behalf of <paramref name="recipient"/>; true if there is no dead letter to publish.</summary>
    private bool Answered(object message, IActorRef? sender, IActorRef recipient)
    {
        switch (message)
        {
            case Watch watch:
                if (!watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
                    watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, existenceConfirmed: false, addressTerminated: false));
                return true;
            case SystemMessage:
                return true;
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), this);
                return true;
            case IDeadLetterSuppression suppressed:
                EventStream.Publish(new SuppressedDeadLetter(suppressed, sender ?? this, recipient));
                return true;
            default:
                return false;
        }
    }
}
