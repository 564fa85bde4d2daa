using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>What one life of a node leads and follows, as its metadata says. It does neither before it sees its own registration there.</summary>
internal sealed class PartitionHost(NodeLife node)
{
    private readonly Dictionary<TopicIdPartition, PartitionLeader> _leaders = [];
    private readonly Dictionary<TopicIdPartition, PartitionFollower> _followers = [];
    private readonly SortedDictionary<int, LeaderFetcher> _fetchers = [];
    private bool _hasApplied;
    private bool _isIncomplete;

    public IEnumerable<PartitionLeader> Leaders => _leaders.Values.OrderBy(l => l.Id.ToString(), StringComparer.Ordinal);

    public PartitionLeader? LeaderOf(TopicIdPartition id) => _leaders.GetValueOrDefault(id);

    public LeaderFetcher FetcherOf(int leader)
    {
        if (!_fetchers.TryGetValue(leader, out var fetcher))
            _fetchers[leader] = fetcher = new LeaderFetcher(node, leader);
        return fetcher;
    }

    public void OnImage(MetadataImage image)
    {
        var isRegistered = node.IsRegisteredIn(image);
        _isIncomplete = false;
        foreach (var topic in image.TopicsById.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            foreach (var partition in topic.Partitions)
                Update(image, topic, partition, isRegistered);
        }
        foreach (var id in _leaders.Keys.Concat(_followers.Keys).Where(id => !image.TryGetPartition(id, out _)).OrderBy(id => id.ToString(), StringComparer.Ordinal).ToList())
        {
            StopLeading(id);
            StopFollowing(id);
        }
        if (!isRegistered)
            return;
        foreach (var log in node.Logs.All.OrderBy(l => l.Id.ToString(), StringComparer.Ordinal).ToList())
        {
            // A log without an id, which a crash can leave, is its name's.
            if (log.Id.TopicId == Guid.Empty || (image.TryGetPartition(log.Id, out var partition) && partition.Replicas.Contains(node.Id)))
                continue;
            if (_hasApplied)
                Delete(log);
            else
                PutAside(log);
        }
        _hasApplied = true;
    }

    public void Tick()
    {
        foreach (var leader in Leaders.ToList())
            leader.OnTick();
        if (_isIncomplete)
            OnImage(node.Image);
    }

    /// <summary>A write under this leadership failed: what is in the log is what it begins anew from.</summary>
    public void Restart(PartitionLeader leader)
    {
        if (_leaders.GetValueOrDefault(leader.Id) != leader)
            return;
        StopLeading(leader.Id);
        OnImage(node.Image);
    }

    public void SendProposal(PartitionLeader leader, IsrProposal proposal)
    {
        var request = new AlterIsr(node.Id, node.BrokerEpoch, leader.Id, proposal);
        node.AskController(request, reply => leader.OnProposalAnswered(proposal, reply as IsrAnswer ?? IsrAnswer.Refused(ErrorCode.RequestTimedOut)));
    }

    private void Update(MetadataImage image, TopicImage topic, PartitionImage partition, bool isRegistered)
    {
        var id = topic.IdOf(partition.Partition);
        var isReplica = isRegistered && partition.Replicas.Contains(node.Id) && !HasFailed(id);
        if (!isReplica || partition.Leader != node.Id)
            StopLeading(id);
        if (!isReplica || !partition.HasLeader || partition.Leader == node.Id)
            StopFollowing(id);
        if (!isReplica || !partition.HasLeader)
            return;
        try
        {
            if (partition.Leader == node.Id)
                Lead(image, topic, id, partition);
            else
                Follow(topic, id, partition);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            node.World.Trace.Say($"n{node.Id} cannot open {id.TopicPartition}: {cause.Message}");
            _isIncomplete = true;
        }
    }

    /// <summary>A log that has failed is offline until the next start.</summary>
    private bool HasFailed(TopicIdPartition id) => node.Logs.Get(id.TopicPartition) is { Failure: not null } log && log.Id == id;

    private void Lead(MetadataImage image, TopicImage topic, TopicIdPartition id, PartitionImage partition)
    {
        var min = MinInSyncReplicas(image, topic, partition.Replicas.Length);
        if (_leaders.TryGetValue(id, out var leader) && leader.LeaderEpoch == partition.LeaderEpoch)
        {
            leader.OnMetadata(partition, min);
            return;
        }
        StopLeading(id);
        _leaders[id] = new PartitionLeader(node, id, partition, OpenLog(topic, id), min);
    }

    private void Follow(TopicImage topic, TopicIdPartition id, PartitionImage partition)
    {
        if (_followers.TryGetValue(id, out var follower) && follower.Machine.LeaderEpoch == partition.LeaderEpoch)
            return;
        StopFollowing(id);
        var next = _followers[id] = new PartitionFollower(node, id, partition.Leader, partition.LeaderEpoch, OpenLog(topic, id));
        FetcherOf(partition.Leader).Add(next);
    }

    private void StopLeading(TopicIdPartition id)
    {
        if (!_leaders.Remove(id, out var leader))
            return;
        node.World.Trace.Say($"n{node.Id} leads {id.TopicPartition} no more (epoch {leader.LeaderEpoch})");
        leader.Close();
    }

    private void StopFollowing(TopicIdPartition id)
    {
        if (!_followers.Remove(id, out var follower))
            return;
        follower.Close();
        FetcherOf(follower.Leader).Remove(follower);
    }

    private void Delete(PartitionLog log)
    {
        node.World.Trace.Say($"n{node.Id} deletes {log.Id.TopicPartition}");
        StopLeading(log.Id);
        StopFollowing(log.Id);
        log.TakeOver();
        Retire(log, node.Logs.DeleteAsync(log));
    }

    /// <summary>What a start finds and the metadata does not know.</summary>
    private void PutAside(PartitionLog log)
    {
        node.World.Trace.Say($"n{node.Id} puts {log.Id.TopicPartition} aside");
        Retire(log, node.Logs.MarkStrayAsync(log));
    }

    /// <summary>In a folder that has died a log stays where it is, and the next start puts it aside.</summary>
    private void Retire(PartitionLog log, Task retirement)
    {
        try
        {
            Done.Of(retirement);
            node.World.LedgerOf(log.Id).Forget(node.Id);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            node.World.Trace.Say($"n{node.Id} cannot retire {log.Id.TopicPartition}: {cause.Message}");
        }
    }

    private PartitionLog OpenLog(TopicImage topic, TopicIdPartition id)
    {
        var config = node.World.LogConfigOf(topic);
        if (node.Logs.Get(id.TopicPartition) is { } other && other.Id.TopicId != id.TopicId && other.Id.TopicId != Guid.Empty)
            Delete(other);
        return node.Logs.GetOrCreate(id, config);
    }

    public static int MinInSyncReplicas(MetadataImage image, TopicImage topic, int replicas)
    {
        var set = topic.Configs.GetValueOrDefault(TopicConfig.MinInsyncReplicas) ?? image.ClusterConfigs.GetValueOrDefault(TopicConfig.MinInsyncReplicas);
        return Math.Min(set is null ? 1 : int.Parse(set, System.Globalization.CultureInfo.InvariantCulture), replicas);
    }
}
