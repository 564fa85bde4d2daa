using Akka.Actor;

namespace Akka.Event;

/// <summary>Prints log events from the thread that publishes them: while the system's loggers do not run yet, or do not run any more.</summary>
public class StandardOutLogger : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems, "/StandardOutLogger");

    public override IActorRefProvider Provider => throw new NotSupportedException("the StandardOutLogger belongs to no actor system");

    internal static void PrintLogEvent(LogEvent logEvent) => Console.Out.WriteLine(logEvent.ToString());

    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (message is LogEvent logEvent)
            PrintLogEvent(logEvent);
    }
}
