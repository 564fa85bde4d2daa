using Akka.Broker.Replication.Partitions;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Fetches all that this node follows from one leader: one request at a time, with every partition that is ready for it.</summary>
internal sealed class LeaderFetcher(NodeLife node, int leader)
{
    private readonly SortedDictionary<string, PartitionFollower> _followers = new(StringComparer.Ordinal);
    private bool _isAsking;
    private Scheduled? _later;

    public void Add(PartitionFollower follower)
    {
        _followers[follower.Id.ToString()] = follower;
        Wake();
    }

    public void Remove(PartitionFollower follower)
    {
        if (_followers.TryGetValue(follower.Id.ToString(), out var known) && known == follower)
            _followers.Remove(follower.Id.ToString());
    }

    public void Wake()
    {
        if (_isAsking || _followers.Count == 0)
            return;
        _later?.Cancel();
        _later = null;
        var now = node.NowMs;
        var asked = new List<(PartitionFollower Follower, ReplicaFetch Fetch)>(_followers.Count);
        var wakeAtMs = long.MaxValue;
        foreach (var follower in _followers.Values)
        {
            if (follower.IsBusy)
                continue;
            if (follower.BackOffUntilMs > now)
                wakeAtMs = Math.Min(wakeAtMs, follower.BackOffUntilMs);
            else
                asked.Add((follower, follower.Machine.NextFetch()));
        }
        if (asked.Count == 0)
        {
            if (wakeAtMs != long.MaxValue)
                _later = node.After(wakeAtMs - now, Wake);
            return;
        }
        _isAsking = true;
        var request = new FetchFromLeader(node.Id, node.BrokerEpoch, [.. asked.Select(a => new PartitionFetch(a.Follower.Id, a.Fetch))]);
        node.World.Network.Ask(node, leader, request, World.FetchTimeoutMs * 1000, reply => OnReply(asked, reply as FetchedFromLeader));
    }

    private void OnReply(List<(PartitionFollower Follower, ReplicaFetch Fetch)> asked, FetchedFromLeader? reply)
    {
        _isAsking = false;
        if (reply is null)
        {
            _later = node.After(World.FollowerBackoffMs, Wake);
            return;
        }
        for (var i = 0; i < asked.Count; i++)
        {
            if (!asked[i].Follower.IsClosed)
                asked[i].Follower.OnFetched(asked[i].Fetch, reply.Partitions[i]);
        }
        Wake();
    }
}
