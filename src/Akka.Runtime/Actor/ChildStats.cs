using System.Diagnostics;

namespace Akka.Actor;

/// <summary>A child and how often it was restarted. Counts are touched in the parent's turn only.</summary>
internal sealed class ChildStats(IInternalActorRef child)
{
    private int _retries;
    private long _windowStart = -1;

    public IInternalActorRef Child { get; } = child;

    public long Uid => Child.Path.Uid;

    /// <summary>
    /// Whether one more restart is within the limits: at most <paramref name="maxNrOfRetries"/> within the time, or ever when there is
    /// no time; without a count, one within the time; without either, always.
    /// </summary>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMs)
    {
        if (maxNrOfRetries == 0)
            return false;
        if (withinTimeMs <= 0)
            return maxNrOfRetries < 0 || ++_retries <= maxNrOfRetries;
        var allowed = maxNrOfRetries < 0 ? 1 : maxNrOfRetries;
        var now = Stopwatch.GetTimestamp();
        if (_windowStart < 0 || Stopwatch.GetElapsedTime(_windowStart, now).TotalMilliseconds > withinTimeMs)
        {
            _windowStart = now;
            _retries = 1;
            return true;
        }
        return ++_retries <= allowed;
    }
}
