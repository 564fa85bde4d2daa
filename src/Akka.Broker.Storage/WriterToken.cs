namespace Akka.Broker.Storage;

/// <summary>
/// The right to change a log: a leader's or follower's, from its <see cref="PartitionLog.TakeOver"/> until the next one's. Work under an older token,
/// queued or late, is discarded before it reaches the file. A token whose append failed is <see cref="IsBroken"/>: what was queued behind the
/// failed append must not land after the gap, so it is refused too, and the owner takes over anew, from what the log holds.
/// </summary>
public sealed class WriterToken
{
    private readonly PartitionLog _log;

    internal WriterToken(PartitionLog log, long number)
    {
        _log = log;
        Number = number;
    }

    /// <summary>Rises by one a take-over while the log is open.</summary>
    public long Number { get; }

    public bool IsCurrent => _log.CurrentToken == this;

    /// <summary>An append under this token failed. Set by the folder's writer alone.</summary>
    public bool IsBroken { get; private set; }

    internal AppendResult BrokenBy { get; private set; }

    internal void Break(AppendResult by)
    {
        BrokenBy = by;
        IsBroken = true;
    }
}
