using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>
/// Asking: a message with a task for its answer. Without a time-out of its own an Ask takes <c>akka.actor.ask-timeout</c>.
/// The task fails with <see cref="AskTimeoutException"/> when none comes in time, with the cause of a <see cref="Status.Failure"/>, and
/// with <see cref="ArgumentException"/> when the answer is of another type.
/// </summary>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<object>(message, null, cancellationToken);

    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var promise = MakePromise<T>(self, timeout, cancellationToken);
        self.Tell(message, promise);
        return promise.Answer;
    }

    /// <summary>The question is made from the reference that takes the answer.</summary>
    public static Task<T> Ask<T>(
        this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var promise = MakePromise<T>(self, timeout, cancellationToken);
        self.Tell(messageFactory(promise), promise);
        return promise.Answer;
    }

    private static PromiseActorRef<T> MakePromise<T>(ICanTell self, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var system = SystemOf(self)
            ?? throw new ArgumentException($"Unable to resolve the target's actor system: {self} belongs to none", nameof(self));
        var promise = new PromiseActorRef<T>(system, self);
        promise.Arm(timeout ?? system.Settings.AskTimeout, cancellationToken);
        return promise;
    }

    private static ActorSystemImpl? SystemOf(ICanTell target) => target switch
    {
        LocalActorRef local => local.Cell.SystemImpl,
        ActorSelection selection => SystemOf(selection.Anchor),
        Nobody => InternalCurrentActorCellKeeper.Current?.SystemImpl,
        IInternalActorRef other => (other.Provider as ILocalProvider)?.System,
        _ => InternalCurrentActorCellKeeper.Current?.SystemImpl,
    };
}
