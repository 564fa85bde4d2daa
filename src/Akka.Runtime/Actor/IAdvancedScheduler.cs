namespace Akka.Actor;

/// <summary>Runs code later, on the scheduler's own thread: it must be short and must not touch an actor's state.</summary>
public interface IAdvancedScheduler : IActionScheduler;
