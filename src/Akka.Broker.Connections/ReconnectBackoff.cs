namespace Akka.Broker.Connections;

/// <summary>
/// How long to pause between attempts to connect: doubling from the shortest to the longest pause, each of them drawn from its upper half, so that the
/// brokers of a cluster do not all knock at once on the one that comes back. One thread at a time.
/// <para>Invariants: every pause lies between half of min and max.</para>
/// </summary>
public sealed class ReconnectBackoff(TimeSpan min, TimeSpan max, Random random)
{
    private int _failures;

    /// <summary>An attempt has failed: the pause before the next.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
        _failures++;
        var pause = TimeSpan.FromMilliseconds((full / 2) + (random.NextDouble() * full / 2));
        Invariant.Check(pause >= min / 2 && pause <= max);
        return pause;
    }

    /// <summary>An attempt has succeeded.</summary>
    public void Reset() => _failures = 0;
}
