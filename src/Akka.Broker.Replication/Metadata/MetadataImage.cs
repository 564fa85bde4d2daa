using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// All of the cluster's metadata as of one offset of the metadata log. Immutable and swapped whole: whoever took a reference sees one consistent state.
/// Made by <see cref="MetadataImageBuilder"/> from records, the only way in which it changes.
/// <para>Invariants: <see cref="Topics"/> and <see cref="TopicsById"/> hold the same topics; <see cref="Offset"/> and the producer ids never fall.</para>
/// </summary>
public sealed class MetadataImage
{
    /// <summary>The state before the first record.</summary>
    public static readonly MetadataImage Empty = new();

    internal MetadataImage()
    {
    }

    /// <summary>22 characters, url-safe base64 of a UUID; empty before the cluster is formed.</summary>
    public string ClusterId { get; internal init; } = "";

    /// <summary>The last record's offset in the metadata log; -1 before the first.</summary>
    public long Offset { get; internal init; } = -1;

    /// <summary>The controller's epoch in which the last record was written.</summary>
    public int Epoch { get; internal init; } = -1;

    /// <summary>The finalized level of <c>metadata.version</c>: which record formats may be written.</summary>
    public short MetadataVersion { get; internal init; }

    /// <summary>Every finalized feature by its name, <c>metadata.version</c> among them.</summary>
    public ImmutableSortedDictionary<string, short> Features { get; internal init; } =
        ImmutableSortedDictionary.Create<string, short>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<int, BrokerImage> Brokers { get; internal init; } = ImmutableSortedDictionary<int, BrokerImage>.Empty;

    public ImmutableDictionary<string, TopicImage> Topics { get; internal init; } = ImmutableDictionary.Create<string, TopicImage>(StringComparer.Ordinal);

    public ImmutableDictionary<Guid, TopicImage> TopicsById { get; internal init; } = ImmutableDictionary<Guid, TopicImage>.Empty;

    /// <summary>Settings altered at run time for all brokers (the <c>""</c> broker resource).</summary>
    public ImmutableSortedDictionary<string, string> ClusterConfigs { get; internal init; } = TopicImage.NoConfigs;

    /// <summary>Settings altered at run time for one broker; they win over <see cref="ClusterConfigs"/>.</summary>
    public ImmutableSortedDictionary<int, ImmutableSortedDictionary<string, string>> BrokerConfigs { get; internal init; } =
        ImmutableSortedDictionary<int, ImmutableSortedDictionary<string, string>>.Empty;

    public ClientQuotaImage ClientQuotas { get; internal init; } = ClientQuotaImage.Empty;

    /// <summary>The first producer id that no block has been given out for.</summary>
    public long NextProducerId { get; internal init; }

    public bool TryGetTopic(string name, [NotNullWhen(true)] out TopicImage? topic) => Topics.TryGetValue(name, out topic);

    public bool TryGetTopic(Guid id, [NotNullWhen(true)] out TopicImage? topic) => TopicsById.TryGetValue(id, out topic);

    public bool TryGetPartition(TopicPartition partition, [NotNullWhen(true)] out PartitionImage? image)
    {
        image = null;
        return Topics.TryGetValue(partition.Topic, out var topic) && topic.TryGetPartition(partition.Partition, out image);
    }

    /// <summary>Of exactly this incarnation of the topic.</summary>
    public bool TryGetPartition(TopicIdPartition partition, [NotNullWhen(true)] out PartitionImage? image)
    {
        image = null;
        return TopicsById.TryGetValue(partition.TopicId, out var topic) && topic.TryGetPartition(partition.Partition, out image);
    }

    /// <summary>A broker that is registered and not fenced.</summary>
    public bool IsAlive(int broker) => Brokers.TryGetValue(broker, out var image) && !image.Fenced;

    /// <summary>The broker's replica is lost to its disk: it neither leads nor follows until the broker's next start.</summary>
    public bool IsOffline(int broker, Guid topicId, int partition) =>
        Brokers.TryGetValue(broker, out var image) && !image.OfflineReplicas.IsEmpty && image.OfflineReplicas.Contains(new ReplicaId(topicId, partition));

    /// <summary>The replicas that no client of this listener can be served by: on brokers that are gone or do not listen there, or lost to a disk.</summary>
    public int[] OfflineReplicasOf(TopicImage topic, PartitionImage partition, string listener)
    {
        List<int>? offline = null;
        foreach (var replica in partition.Replicas)
        {
            if (!Brokers.TryGetValue(replica, out var broker) || broker.Fenced || broker.EndpointOf(listener) is null || IsOffline(replica, topic.Id, partition.Partition))
                (offline ??= []).Add(replica);
        }
        return offline is null ? [] : [.. offline];
    }

    /// <summary>A broker that is alive and not about to stop: it may be given leaderships and count as in sync.</summary>
    public bool IsActive(int broker) => Brokers.TryGetValue(broker, out var image) && image.IsActive;
}
