namespace Akka.Actor;

/// <summary>Sends messages later. Never early; late by a tick at most while the machine keeps up.</summary>
public interface IScheduler : ITellScheduler, ITimeProvider
{
    IAdvancedScheduler Advanced { get; }
}
