using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>The numbers of <c>akka.cluster.sharding</c>.</summary>
public class TuningParameters
{
    public readonly TimeSpan CoordinatorFailureBackoff;
    public readonly TimeSpan RetryInterval;
    public readonly int BufferSize;
    public readonly TimeSpan HandOffTimeout;
    public readonly TimeSpan ShardStartTimeout;
    public readonly TimeSpan ShardFailureBackoff;
    public readonly TimeSpan RebalanceInterval;
    public readonly TimeSpan WaitingForStateTimeout;
    public readonly int LeastShardAllocationRebalanceThreshold;
    public readonly int LeastShardAllocationMaxSimultaneousRebalance;
    public readonly int LeastShardAllocationAbsoluteLimit;
    public readonly double LeastShardAllocationRelativeLimit;

    internal TuningParameters(Config config)
    {
        CoordinatorFailureBackoff = config.GetTimeSpan("coordinator-failure-backoff");
        RetryInterval = config.GetTimeSpan("retry-interval");
        BufferSize = config.GetInt("buffer-size");
        HandOffTimeout = config.GetTimeSpan("handoff-timeout");
        ShardStartTimeout = config.GetTimeSpan("shard-start-timeout");
        ShardFailureBackoff = config.GetTimeSpan("shard-failure-backoff");
        WaitingForStateTimeout = config.GetTimeSpan("waiting-for-state-timeout");
        RebalanceInterval = config.GetTimeSpan("rebalance-interval");
        var strategy = config.GetConfig("least-shard-allocation-strategy");
        LeastShardAllocationRebalanceThreshold = strategy.GetInt("rebalance-threshold");
        LeastShardAllocationMaxSimultaneousRebalance = strategy.GetInt("max-simultaneous-rebalance");
        LeastShardAllocationAbsoluteLimit = strategy.GetInt("rebalance-absolute-limit");
        LeastShardAllocationRelativeLimit = strategy.GetDouble("rebalance-relative-limit");
    }
}
