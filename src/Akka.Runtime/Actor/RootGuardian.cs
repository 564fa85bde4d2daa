namespace Akka.Actor;

/// <summary>The actor at the root: ends the runtime's actors after the application's, and itself last. A guardian that fails is stopped.</summary>
internal sealed class RootGuardian : ActorBase
{
    private Guardians? _guardians;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Guardians guardians:
                _guardians = guardians;
                Context.Watch(guardians.User);
                Context.Watch(guardians.System);
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(_guardians?.User):
                ((ActorSystemImpl)Context.System).OnSystemStopping();
                Context.Stop(_guardians!.System);
                return true;
            case Terminated:
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    internal sealed record Guardians(IActorRef User, IActorRef System) : INoSerializationVerificationNeeded;
}
