namespace Akka.Broker.Client.Cluster;

/// <summary>The pause before something that failed is tried again: doubling from the shortest to the longest. One thread at a time.</summary>
internal sealed class RetryBackoff(TimeSpan min, TimeSpan max)
{
    private int _failures;

    public TimeSpan Next() => After(_failures++, min, max);

    public void Reset() => _failures = 0;

    /// <summary>The pause behind so many failures in a row before this one.</summary>
    public static TimeSpan After(int failures, TimeSpan min, TimeSpan max) =>
        TimeSpan.FromMilliseconds(Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 30))));
}
