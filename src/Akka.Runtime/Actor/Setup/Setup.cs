namespace Akka.Actor.Setup;

/// <summary>A part of a system's set-up that is given in code instead of HOCON.</summary>
public abstract class Setup
{
    public ActorSystemSetup And(Setup other) => ActorSystemSetup.Create(this, other);
}
