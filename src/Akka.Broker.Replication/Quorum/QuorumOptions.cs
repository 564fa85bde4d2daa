namespace Akka.Broker.Replication.Quorum;

/// <summary>What a replica of the metadata log is made with. Times are ms.</summary>
public sealed record QuorumOptions
{
    public required ReplicaKey Self { get; init; }

    /// <summary>Wall clock for the times of control records.</summary>
    public Func<long> TimestampMs { get; init; } = static () => 0;

    /// <summary>A follower without a fetch answer for this long holds its leader for gone (<c>controller.quorum.fetch.timeout.ms</c>).</summary>
    public int FetchTimeoutMs { get; init; } = 1000;

    /// <summary>A leader without a majority's fetches for this long steps down.</summary>
    public int CheckQuorumMs { get; init; } = 1500;

    /// <summary>How long a claim waits for its votes (<c>controller.quorum.election.timeout.ms</c>).</summary>
    public int ElectionTimeoutMs { get; init; } = 500;

    /// <summary>After a failed claim: at most this, doubled with each further one up to <see cref="BackoffMaxMs"/>.</summary>
    public int BackoffMs { get; init; } = 100;

    /// <summary><c>controller.quorum.election.backoff.max.ms</c></summary>
    public int BackoffMaxMs { get; init; } = 1000;

    /// <summary>How much longer each candidate waits than the one before it in membership's order.</summary>
    public int ClaimStepMs { get; init; } = 150;

    /// <summary>Up to this much, by chance, is added to each wait.</summary>
    public int ClaimJitterMs { get; init; } = 50;

    /// <summary>How long a leader may hold a fetch open.</summary>
    public int FetchWaitMs { get; init; } = 300;

    /// <summary>Without an answer for this long a query is given up (<c>controller.quorum.request.timeout.ms</c>).</summary>
    public int RequestTimeoutMs { get; init; } = 1000;

    /// <summary>Before a failed query is sent again (<c>controller.quorum.retry.backoff.ms</c>).</summary>
    public int RetryMs { get; init; } = 50;

    /// <summary>The most of a log or a snapshot that one answer carries.</summary>
    public int FetchBytesMax { get; init; } = 1 << 20;
}
