using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Stands above the root: hears of the root's end, which is the system's, and stops a root that fails.</summary>
internal sealed class RootGuardianSupervisor(ActorSystemImpl system) : MinimalActorRef
{
    public override ActorPath Path { get; } = system.Local.RootPath / "_root-guardian-supervisor";

    public override IActorRefProvider Provider => system.Provider;

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Failed failed:
                system.Log.Error(failed.Cause, "the root guardian failed: {0}", failed.Cause.Message);
                ((IInternalActorRef)failed.Child).Stop();
                break;
            case DeathWatchNotification:
                system.OnRootStopped();
                break;
        }
    }
}
