namespace Akka.Broker.Client;

/// <summary>Which records are handled one after the other.</summary>
public enum HandlerOrder
{
    /// <summary>Those of one partition with the same key. Records without a key wait for nobody.</summary>
    Key,

    /// <summary>Those of one partition.</summary>
    Partition,
}

/// <summary>How records are handed to handlers.</summary>
public sealed record HandlerOptions
{
    /// <summary>Handlers that run at once.</summary>
    public int Parallelism { get; init; } = Math.Max(2, Environment.ProcessorCount);

    public HandlerOrder Order { get; init; } = HandlerOrder.Key;

    /// <summary>
    /// How many records of a partition may be begun or wait behind its oldest unfinished one: what is delivered again after a crash, at most. Beyond it the partition waits.
    /// </summary>
    public int AheadMax { get; init; } = 10_000;

    /// <summary>A handler that is not through by then has failed: its token is cancelled, and nobody waits for it any more. Null: for ever.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromMinutes(5);

    public RetryPolicy Retry { get; init; } = new();

    internal HandlerOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Parallelism, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(AheadMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Retry.AttemptsMax, 1);
        return this;
    }
}
