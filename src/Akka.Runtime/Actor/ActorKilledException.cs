namespace Akka.Actor;

/// <summary>What a <see cref="Kill"/> throws in its receiver.</summary>
public class ActorKilledException : AkkaException
{
    public ActorKilledException()
    {
    }

    public ActorKilledException(string message)
        : base(message)
    {
    }
}
