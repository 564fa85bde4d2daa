using Akka.Actor;

namespace Akka.Event;

/// <summary>Watches the event stream's subscribers and takes out those that end.</summary>
internal sealed class EventStreamUnsubscriber(EventStream eventStream) : ActorBase
{
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Watch watch when watch.Subscriber is IInternalActorRef and not MinimalActorRef:
                Context.Watch(watch.Subscriber);
                return true;
            case Watch:
                return true;
            case Terminated terminated:
                eventStream.Unsubscribe(terminated.ActorRef);
                return true;
            default:
                return false;
        }
    }

    internal sealed record Watch(IActorRef Subscriber) : INoSerializationVerificationNeeded;
}
