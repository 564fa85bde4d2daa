using Akka.Event;

namespace Akka.Actor;

/// <summary>The parent of the application's actors, and that of the runtime's.</summary>
internal sealed class GuardianActor : ActorBase
{
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case StopChild stop:
                Context.Stop(stop.Child);
                return true;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                return true;
        }
    }

#nullable disable annotations
    protected override void PreRestart(Exception reason, object message)
#nullable restore annotations
    {
        // The children of a guardian outlive it.
    }

    internal sealed record StopChild(IActorRef Child) : INoSerializationVerificationNeeded;
}
