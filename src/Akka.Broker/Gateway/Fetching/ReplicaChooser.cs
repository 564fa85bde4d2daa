using Akka.Broker.Controller;
using Akka.Broker.Partitions;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// By whom a consumer is best served (KIP-392): one in its own rack, the leader before others, then who is furthest. Only a replica that is in sync, not fenced and has
/// the offset comes into question; without one the leader serves. Asked at the leader alone. Thread-safe.
/// </summary>
internal sealed class ReplicaChooser(int nodeId, bool isRackAware, MetadataCache metadata, TimeProvider time)
{
    /// <summary>A replica that is this far behind the leader in time is of no use.</summary>
    private const long BehindMsMax = 10_000;

    /// <summary>The broker to go to; null: this one.</summary>
    public int? Choose(LedPartition partition, string? rack, long fetchOffset)
    {
        if (!isRackAware || string.IsNullOrEmpty(rack) || partition.Followers.Count == 0)
            return null;
        var image = metadata.Current;
        if (!image.TryGetPartition(partition.Id, out var state) || state.Leader != nodeId || RackOf(nodeId) == rack)
            return null;
        var nowMs = (long)time.GetElapsedTime(0).TotalMilliseconds;
        FollowerProgress? best = null;
        foreach (var follower in partition.Followers)
        {
            var serves = image.IsAlive(follower.Broker) && state.Isr.Contains(follower.Broker) && RackOf(follower.Broker) == rack
                && follower.LogStartOffset <= fetchOffset && follower.LogEndOffset >= fetchOffset
                && (follower.LogEndOffset >= partition.View.HighWatermark || nowMs - follower.CaughtUpAtMs < BehindMsMax);
            if (serves && (best is null || follower.LogEndOffset > best.LogEndOffset))
                best = follower;
        }

        return best?.Broker;

        string? RackOf(int broker) => image.Brokers.TryGetValue(broker, out var registered) ? registered.Rack : null;
    }
}
