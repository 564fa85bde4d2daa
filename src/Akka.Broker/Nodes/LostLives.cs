namespace Akka.Broker.Nodes;

/// <summary>A life of a node that its cluster, or the failure of an actor (<see cref="VitalActor"/>), has ended.</summary>
/// <param name="Reason">As it reads behind "since".</param>
/// <param name="WasUp">Whether the cluster had taken this node in, and not weakly alone.</param>
/// <param name="WasInReach">Whether every other voter answered this node when it joined.</param>
public sealed record LostLife(string Reason, bool WasUp, bool WasInReach);

/// <summary>
/// What a node does when its cluster has ended its life: begin another one, and when, or give up.
/// <code>
///   was Up, and began in reach of all voters ── up to Max within Within ─▶ the next life at once
///                                            ── once more ──────────────▶ the node is over
///   else: not counted ──────────────────────────────────────────────────▶ the next life: at once, after PauseFirst, twice that, … PauseMax;
///                                                                          from the start again when Within has passed without a loss
/// </code>
/// A node that sees all the others, is taken in and loses its place again and again harms those that it works with; an operator is to look. One that is cut from some of
/// them knows what is wrong: it is let in, as long as the others have not noticed even Up, and taken out again until the network is sound. It comes back by itself then,
/// however long that takes, and the pause keeps it from burdening the cluster meanwhile with a member that comes and goes.
/// <para>For one task at a time. Kept in memory: a process that is started again has lost nothing yet.</para>
/// </summary>
public sealed class LostLives(TimeProvider time)
{
    public const int Max = 3;
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan PauseFirst = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);
    private readonly Queue<long> _counted = new();
    private TimeSpan _pause;
    private long? _last;

    /// <summary>How long to wait before the next life; null: there is none.</summary>
    public TimeSpan? PauseAfter(LostLife lost)
    {
        var now = time.GetTimestamp();
        if (_last is { } last && time.GetElapsedTime(last, now) > Within)
            _pause = TimeSpan.Zero;
        _last = now;
        return lost is { WasUp: true, WasInReach: true } ? Count(now) : Grow();
    }

    private TimeSpan? Count(long now)
    {
        _counted.Enqueue(now);
        while (time.GetElapsedTime(_counted.Peek(), now) > Within)
            _counted.Dequeue();
        return _counted.Count > Max ? null : TimeSpan.Zero;
    }

    private TimeSpan Grow()
    {
        var pause = _pause;
        _pause = pause == TimeSpan.Zero ? PauseFirst : pause * 2 < PauseMax ? pause * 2 : PauseMax;
        return pause;
    }
}
