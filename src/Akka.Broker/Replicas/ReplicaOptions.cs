namespace Akka.Broker.Replicas;

/// <summary>How this broker fetches what it follows.</summary>
public sealed record ReplicaOptions
{
    public required int NodeId { get; init; }

    /// <summary>The listener over which leaders are asked.</summary>
    public required string InterBrokerListener { get; init; }

    /// <summary><c>replica.fetch.max.bytes</c>: of one partition in one response.</summary>
    public int FetchMaxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary><c>replica.fetch.response.max.bytes</c>: of one response, and so on their way from one leader.</summary>
    public int FetchResponseMaxBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary><c>replica.fetch.wait.max.ms</c>: how long a leader may hold a fetch that finds nothing.</summary>
    public int FetchWaitMaxMs { get; init; } = 500;

    /// <summary><c>replica.fetch.min.bytes</c>: less than this a leader holds back until the wait is over.</summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary><c>replica.fetch.backoff.ms</c>: the longest pause of a partition whose fetch was refused, and that after a failed request.</summary>
    public int FetchBackoffMs { get; init; } = 100;

    /// <summary><c>replica.socket.timeout.ms</c>: a leader that does not answer for this long beyond the wait is asked over a new connection.</summary>
    public int SocketTimeoutMs { get; init; } = 30_000;
}
