using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public static class GracefulStopSupport
{
    /// <summary>Stops an actor with <see cref="PoisonPill"/> and waits until it is gone: true, or a cancelled task after the time.</summary>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        var watchee = (IInternalActorRef)target;
        if (watchee.Provider is not ILocalProvider { System: var system })
            throw new ArgumentException($"{target} belongs to no actor system that runs here", nameof(target));
        var promise = new PromiseActorRef<Terminated>(system, target);
        promise.Arm(timeout, CancellationToken.None);
        watchee.SendSystemMessage(new Watch(watchee, promise));
        target.Tell(stopMessage, ActorRefs.NoSender);
        try
        {
            var terminated = await promise.Answer.ConfigureAwait(false);
            return terminated.ActorRef.Equals(target);
        }
        catch (AskTimeoutException)
        {
            watchee.SendSystemMessage(new Unwatch(watchee, promise));
            throw new TaskCanceledException($"{target} did not stop within {timeout}");
        }
    }
}
