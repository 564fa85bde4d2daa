namespace Akka.Actor;

/// <summary>The scheduler takes no more work.</summary>
public sealed class SchedulerException : AkkaException
{
    public SchedulerException(string message)
        : base(message)
    {
    }
}
