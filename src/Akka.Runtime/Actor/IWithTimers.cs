namespace Akka.Actor;

/// <summary>An actor with timers; the runtime sets the property before the first message.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}
