using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>The partitions that this node leads now. Leaders register and remove themselves; everybody may look. Thread-safe.</summary>
public sealed class LedPartitions
{
    private readonly ConcurrentDictionary<TopicPartition, LedPartition> _byName = new();

    public IEnumerable<LedPartition> All => _byName.Values;

    public bool TryGet(TopicPartition partition, [NotNullWhen(true)] out LedPartition? led) => _byName.TryGetValue(partition, out led);

    internal void Register(LedPartition led) => _byName[led.Id.TopicPartition] = led;

    /// <summary>Removes exactly this leadership, not a newer one of the same name.</summary>
    internal void Remove(LedPartition led) => _byName.TryRemove(KeyValuePair.Create(led.Id.TopicPartition, led));
}
