namespace Akka.Actor;

/// <summary>The new incarnation's constructor or <c>PostRestart</c> threw.</summary>
public class PostRestartException : ActorInitializationException
{
    public PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
        : base(actor, $"Exception post restart ({originalCause?.GetType().Name ?? "null"})", cause) => OriginalCause = originalCause!;

    public Exception OriginalCause { get; }
}
