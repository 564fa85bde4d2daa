namespace Akka.Actor;

/// <summary>What to do with an actor that failed.</summary>
public enum Directive
{
    /// <summary>It goes on with the next message, its state as it is.</summary>
    Resume,

    /// <summary>A new instance goes on with the next message.</summary>
    Restart,

    /// <summary>The supervisor itself fails with the same exception.</summary>
    Escalate,

    Stop,
}
