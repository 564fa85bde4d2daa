using Akka.Actor;

namespace Akka.Event;

/// <summary>
/// A bus of events by their class: a subscriber to a class or interface gets every event that is one. Log events travel on it, and it
/// knows the level below which none is worth making.
/// </summary>
public class LoggingBus : ActorEventBus<object, Type>
{
    private volatile LogLevel _logLevel;

    public LogLevel LogLevel => _logLevel;

    public void SetLogLevel(LogLevel logLevel) => _logLevel = logLevel;

    protected override Type GetClassifier(object @event) => @event.GetType();

    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    protected override void Publish(object @event, IActorRef subscriber) => subscriber.Tell(@event, ActorRefs.NoSender);
}
