using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public static class WatchAsyncSupport
{
    /// <summary>Completes with true once the actor is gone; with false if <paramref name="token"/> is cancelled first.</summary>
    public static async Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default)
    {
        var watchee = (IInternalActorRef)target;
        if (watchee.Provider is not ILocalProvider { System: var system })
            throw new ArgumentException($"{target} belongs to no actor system that runs here", nameof(target));
        var promise = new PromiseActorRef<Terminated>(system, target);
        promise.Arm(Timeout.InfiniteTimeSpan, token);
        watchee.SendSystemMessage(new Watch(watchee, promise));
        try
        {
            await promise.Answer.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            watchee.SendSystemMessage(new Unwatch(watchee, promise));
            return false;
        }
    }
}
