using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Settings;

/// <summary>How the metadata quorum keeps time, and when the metadata log is cut. Kafka's names.</summary>
public sealed record QuorumSettings(
    int FetchTimeoutMs, int ElectionTimeoutMs, int ElectionBackoffMaxMs, int RequestTimeoutMs, int RetryBackoffMs, long SnapshotBytes)
{
    public static readonly QuorumSettings Default = new(1000, 500, 1000, 1000, 50, 20 << 20);

    /// <summary>The most that one fetch of the metadata log or of a snapshot carries.</summary>
    public int FetchBytes => 1 << 20;

    /// <summary>A leader gives a majority half as long again as a follower gives its leader: the follower that claims is elected before.</summary>
    public QuorumOptions OptionsOf(ReplicaKey self, Func<long> timestampMs) => new()
    {
        Self = self,
        TimestampMs = timestampMs,
        FetchTimeoutMs = FetchTimeoutMs,
        CheckQuorumMs = FetchTimeoutMs + (FetchTimeoutMs / 2),
        ElectionTimeoutMs = ElectionTimeoutMs,
        BackoffMaxMs = ElectionBackoffMaxMs,
        RequestTimeoutMs = RequestTimeoutMs,
        RetryMs = RetryBackoffMs,
        FetchWaitMs = Math.Max(1, FetchTimeoutMs * 3 / 10),
    };

    internal static QuorumSettings From(SettingsReader reader) => new(
        reader.Int("controller.quorum.fetch.timeout.ms", 100, 60_000),
        reader.Int("controller.quorum.election.timeout.ms", 50, 60_000),
        reader.Int("controller.quorum.election.backoff.max.ms", 50, 60_000),
        reader.Int("controller.quorum.request.timeout.ms", 50, 60_000),
        reader.Int("controller.quorum.retry.backoff.ms", 1, 10_000),
        reader.Bytes("metadata.log.max.record.bytes.between.snapshots", 1, long.MaxValue));
}
