namespace Akka.Actor;

/// <summary>An <see cref="UntypedActor"/> that can put messages aside.</summary>
public abstract class UntypedActorWithStash : UntypedActor, IWithStash
{
    public IStash Stash { get; set; } = null!;
}
