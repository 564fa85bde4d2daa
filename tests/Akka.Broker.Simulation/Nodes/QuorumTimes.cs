namespace Akka.Broker.Simulation.Nodes;

/// <summary>How patient the metadata's replicas are with one another in a run, and how much of their log one answer carries.</summary>
internal sealed record QuorumTimes
{
    public int FetchTimeoutMs { get; init; } = 700;

    public int CheckQuorumMs { get; init; } = 1000;

    public int ElectionTimeoutMs { get; init; } = 300;

    public int RequestTimeoutMs { get; init; } = 600;

    public int ClaimStepMs { get; init; } = 150;

    public int ClaimJitterMs { get; init; } = 50;

    public int FetchBytes { get; init; } = 2048;

    /// <summary>A snapshot is taken when the log has grown by so much.</summary>
    public int SnapshotBytes { get; init; } = 4096;

    /// <summary>Short-tempered, and one batch an answer: many elections, and followers with half of what a leader began with.</summary>
    public static QuorumTimes Hasty { get; } = new()
    {
        FetchTimeoutMs = 160,
        CheckQuorumMs = 240,
        ElectionTimeoutMs = 80,
        RequestTimeoutMs = 120,
        ClaimStepMs = 4,
        ClaimJitterMs = 8,
        FetchBytes = 128,
    };
}
