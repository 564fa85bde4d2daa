namespace Akka.Actor;

/// <summary>The scheduler's clocks. The monotonic ones count from some fixed moment.</summary>
public interface ITimeProvider
{
    DateTimeOffset Now { get; }

    TimeSpan MonotonicClock { get; }

    TimeSpan HighResMonotonicClock { get; }
}
