namespace Akka.Actor.Internal;

/// <summary>An actor that finishes its set-up after its constructor.</summary>
public interface IInitializableActor
{
    void Init();
}
