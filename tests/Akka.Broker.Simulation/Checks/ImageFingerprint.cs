using System.Runtime.InteropServices;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Checks;

/// <summary>All of an image as one number, however it was made: by records one after another, or out of a snapshot.</summary>
internal static class ImageFingerprint
{
    public static ulong Of(MetadataImage image)
    {
        var hash = Hash.Mix(Of(image.ClusterId), (ulong)(uint)image.Epoch);
        hash = Hash.Mix(hash, ((ulong)image.NextProducerId << 16) | (ushort)image.MetadataVersion);
        foreach (var broker in image.Brokers.Values)
            hash = Hash.Mix(hash, Of(broker));
        foreach (var (name, level) in image.Features)
            hash = Hash.Mix(Hash.Mix(hash, Of(name)), (ulong)level);
        hash = Hash.Mix(hash, Of(image.ClusterConfigs));
        // In no order: both are looked up by keys.
        ulong topics = 0;
        foreach (var topic in image.TopicsById.Values)
            topics += Of(topic);
        return Hash.Mix(hash, topics);
    }

    private static ulong Of(BrokerImage broker)
    {
        var hash = Hash.Mix((ulong)broker.Id, ((ulong)broker.Epoch * 4) + (broker.Fenced ? 1UL : 0) + (broker.InControlledShutdown ? 2UL : 0));
        // In no order.
        ulong offline = 0;
        foreach (var replica in broker.OfflineReplicas)
            offline += Hash.Mix(Of(replica.TopicId), (ulong)replica.Partition);
        return Hash.Mix(Hash.Mix(Hash.Mix(hash, offline), Of(broker.IncarnationId)), Of(broker.DirectoryId));
    }

    private static ulong Of(TopicImage topic)
    {
        var hash = Hash.Mix(Hash.Mix(Of(topic.Id), Of(topic.Name)), Of(topic.Configs));
        foreach (var partition in topic.Partitions)
            hash = Of(hash, partition);
        return hash;
    }

    private static ulong Of(ulong hash, PartitionImage partition)
    {
        hash = Hash.Mix(hash, ((ulong)(uint)partition.Leader << 32) | (uint)partition.LeaderEpoch);
        hash = Hash.Mix(hash, ((ulong)(uint)partition.Partition << 32) | (uint)partition.PartitionEpoch);
        hash = Hash.Mix(hash, (ulong)(uint)partition.UncleanEpoch);
        hash = Of(Of(Of(hash, partition.Replicas.AsSpan()), partition.Isr.AsSpan()), partition.Elr.AsSpan());
        hash = Of(Of(Of(hash, partition.Adding.AsSpan()), partition.Removing.AsSpan()), partition.LastKnownElr.AsSpan());
        foreach (var end in partition.LastKnownEnds)
            hash = Hash.Mix(hash, ((ulong)end.Epoch << 40) ^ (ulong)end.Offset);
        return hash;
    }

    private static ulong Of(ulong hash, ReadOnlySpan<int> ids)
    {
        hash = Hash.Mix(hash, (ulong)ids.Length);
        foreach (var id in ids)
            hash = Hash.Mix(hash, (ulong)id + 1);
        return hash;
    }

    private static ulong Of(IEnumerable<KeyValuePair<string, string>> configs)
    {
        ulong hash = 0;
        foreach (var (key, value) in configs)
            hash = Hash.Mix(Hash.Mix(hash, Of(key)), Of(value));
        return hash;
    }

    private static ulong Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return Hash.Of(bytes);
    }

    private static ulong Of(string text) => Hash.Of(MemoryMarshal.AsBytes(text.AsSpan()));
}
