using System.Globalization;
using System.Runtime.CompilerServices;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replicas;

/// <summary>
/// Holds moves of partitions back so that they leave room for clients (KIP-73): the replicas that their topic names as throttled, and that are not in sync, get this
/// broker's rate all together, with one second's worth to begin with. One for what a broker sends as leader, one for what it fetches as follower. Thread-safe.
/// </summary>
public sealed class ReplicationThrottle
{
    /// <summary>The most that is fetched of a throttled replica at a time: a whole fetch goes through or does not, and goes over the rate by as much as it brings.</summary>
    public const int FetchBytesMax = 1024 * 1024;

    private readonly ConfigResolver _configs;
    private readonly MetadataCache _metadata;
    private readonly TimeProvider _time;
    private readonly ConfigDefinition _rate;
    private readonly string _replicas;
    private readonly ConditionalWeakTable<TopicImage, HashSet<int>> _throttled = [];
    private readonly Lock _gate = new();
    private double _room;
    private long _since;
    private long _lastRate = -1;

    private ReplicationThrottle(ConfigResolver configs, MetadataCache metadata, TimeProvider time, string rate, string replicas)
    {
        _configs = configs;
        _metadata = metadata;
        _time = time;
        _rate = BrokerConfig.Own.Single(d => d.Name == rate);
        _replicas = replicas;
    }

    public static ReplicationThrottle OfLeaders(ConfigResolver configs, MetadataCache metadata, TimeProvider time) =>
        new(configs, metadata, time, BrokerConfig.LeaderThrottledRate, TopicConfig.LeaderThrottledReplicas);

    public static ReplicationThrottle OfFollowers(ConfigResolver configs, MetadataCache metadata, TimeProvider time) =>
        new(configs, metadata, time, BrokerConfig.FollowerThrottledRate, TopicConfig.FollowerThrottledReplicas);

    /// <summary>Whether what this follower fetches of the partition counts.</summary>
    public bool Counts(TopicIdPartition id, int follower)
    {
        var image = _metadata.Current;
        return image.TryGetTopic(id.TopicId, out var topic)
            && topic.Configs.ContainsKey(_replicas)
            && topic.TryGetPartition(id.Partition, out var partition)
            && !partition.Isr.Contains(follower)
            && _throttled.GetValue(topic, Throttled).Contains(id.Partition);
    }

    /// <summary>Whether the rate is used up for now.</summary>
    public bool IsUsedUp()
    {
        var rate = Rate();
        lock (_gate)
        {
            Refill(rate);
            return _room <= 0;
        }
    }

    /// <summary>So much has gone over the wire.</summary>
    public void Take(int bytes)
    {
        var rate = Rate();
        lock (_gate)
        {
            Refill(rate);
            _room -= bytes;
        }
    }

    private long Rate() => long.Parse(_configs.BrokerValueOf(_metadata.Current, _rate), CultureInfo.InvariantCulture);

    private HashSet<int> Throttled(TopicImage topic) =>
        [.. topic.Partitions.Select(p => p.Partition).Where(p => TopicConfig.IsThrottled(topic.Configs[_replicas], p, _configs.NodeId))];

    private void Refill(long rate)
    {
        var now = _time.GetTimestamp();
        // Another rate begins with a second's worth of its own.
        _room = rate != _lastRate ? rate : Math.Min(rate, _room + (_time.GetElapsedTime(_since, now).TotalSeconds * rate));
        (_since, _lastRate) = (now, rate);
    }
}
