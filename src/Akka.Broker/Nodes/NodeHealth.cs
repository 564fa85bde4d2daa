using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;

namespace Akka.Broker.Nodes;

/// <summary>Whether a node does what the cluster expects of it, and what it lacks.</summary>
/// <param name="IsReady">It serves clients, follows the metadata, and leads or follows every partition that it should.</param>
/// <param name="NodeId">This node.</param>
/// <param name="ClusterId">Empty before the node is in a cluster.</param>
/// <param name="BrokerEpoch">Under which it is registered; -1 before.</param>
/// <param name="ControllerId">-1 if none is known.</param>
/// <param name="MetadataOffset">The last that is applied here.</param>
/// <param name="Leads">Partitions that are led here.</param>
/// <param name="Follows">Partitions that are followed here.</param>
/// <param name="Missing">One sentence each; empty if ready.</param>
public sealed record NodeHealth(
    bool IsReady, int NodeId, string ClusterId, long BrokerEpoch, int ControllerId, long MetadataOffset, int Leads, int Follows, IReadOnlyList<string> Missing);

/// <summary>
/// Looks at a node from the outside: any thread, no actor is asked. Changes take a moment to be carried out, so what is missing is looked at again for
/// <see cref="Patience"/> before it is told: a change of leader is no reason to take a node for sick.
/// </summary>
internal sealed class NodeHealthCheck(NodeParts parts, Func<NodeLife?> life)
{
    private const int NamedMax = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    public async Task<NodeHealth> CheckAsync(CancellationToken cancelled)
    {
        var started = parts.Time.GetTimestamp();
        var committed = parts.Quorum.Status.HighWatermark;
        while (true)
        {
            var health = Look(committed);
            if (health.IsReady || life()?.BrokerEpoch is null or < 0 || parts.Time.GetElapsedTime(started) >= Patience)
                return health;
            await Task.Delay(LookAgainAfter, parts.Time, cancelled).ConfigureAwait(false);
        }
    }

    /// <param name="committed">The end of the committed metadata that this node is to have applied.</param>
    private NodeHealth Look(long committed)
    {
        var image = parts.Metadata.Current;
        var epoch = life()?.BrokerEpoch ?? -1;
        List<string> missing = [];
        if (epoch < 0)
            missing.Add(parts.Quorum.Status.LeaderId < 0 ? "The node is not registered, and knows no controller: a majority of the voters must be reachable." : "The node is not registered with the controller yet.");
        else
            AddMetadata(missing, image, epoch, committed);
        if (!parts.Gateway.IsServingClients)
            missing.Add("Clients are not served.");
        foreach (var folder in parts.Logs.Folders.Where(f => f.IsOffline))
            missing.Add($"Data folder {folder.Path} is offline until the next start, with the replicas in it: {folder.Failure!.Message}");
        AddPartitions(missing, image);
        return new NodeHealth(
            missing.Count == 0, parts.Settings.NodeId, image.ClusterId, epoch, parts.Quorum.Status.LeaderId, image.Offset,
            parts.Led.All.Count(), parts.Followed.All.Count(), missing);
    }

    private void AddMetadata(List<string> missing, MetadataImage image, long epoch, long committed)
    {
        if (!parts.Quorum.Lease.IsHeld(parts.Quorum.NowMs))
            missing.Add("The controller has not been heard of for a session: the metadata may be out of date.");
        if (image.Offset + 1 < committed)
            missing.Add($"The metadata is applied up to offset {image.Offset}; {committed - 1} is committed.");
        if (!image.Brokers.TryGetValue(parts.Settings.NodeId, out var self) || self.Epoch != epoch)
            missing.Add("The metadata does not show this node's registration yet.");
        else if (self.Fenced)
            missing.Add("The controller has fenced this node.");
    }

    private void AddPartitions(List<string> missing, MetadataImage image)
    {
        var absent = 0;
        foreach (var topic in image.TopicsById.Values)
        {
            foreach (var partition in topic.Partitions)
            {
                if (Lack(topic, partition) is { } lack && ++absent <= NamedMax)
                    missing.Add(lack);
            }
        }

        if (absent > NamedMax)
            missing.Add($"{absent - NamedMax} more partitions are neither led nor followed here as they should be.");
    }

    private string? Lack(TopicImage topic, PartitionImage partition)
    {
        if (!partition.Replicas.Contains(parts.Settings.NodeId))
            return null;
        var id = topic.IdOf(partition.Partition);
        // One line for its folder tells it.
        if (parts.Logs.FailureOf(id.TopicPartition) is DataFolderFailedException or DataFolderNotWritableException)
            return null;
        var isToLead = partition.Leader == parts.Settings.NodeId;
        // One that nobody leads has nobody to follow; it is counted as offline.
        if (!isToLead && !partition.HasLeader)
            return null;
        var registered = isToLead ? parts.Led : parts.Followed;
        if (registered.TryGet(id.TopicPartition, out var found) && found.Id == id && found.View.LeaderEpoch >= partition.LeaderEpoch)
            return null;
        var why = parts.Logs.FailureOf(id.TopicPartition) is { } failure ? $": {failure.Message}" : ".";
        return $"Partition {id.Topic}-{id.Partition} is not {(isToLead ? "led" : "followed")} here at epoch {partition.LeaderEpoch} yet{why}";
    }
}
