using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata;

/// <summary>One incarnation of a topic. <c>Partitions[i].Partition == i</c>.</summary>
/// <param name="Name">Its name; a deleted topic's name may come back with another <paramref name="Id"/>.</param>
/// <param name="Id">Unique for ever.</param>
/// <param name="Partitions">All of them, by number.</param>
/// <param name="Configs">What was set on the topic itself; everything else is the broker's default.</param>
public sealed record TopicImage(string Name, Guid Id, ImmutableArray<PartitionImage> Partitions, ImmutableSortedDictionary<string, string> Configs)
{
    public static readonly ImmutableSortedDictionary<string, string> NoConfigs = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>One of the broker's own topics, which clients may read and must not write.</summary>
    public bool IsInternal { get; } = InternalTopics.IsInternal(Name);

    public TopicIdPartition IdOf(int partition) => new(Id, Name, partition);

    public bool TryGetPartition(int partition, [NotNullWhen(true)] out PartitionImage? image)
    {
        image = (uint)partition < (uint)Partitions.Length ? Partitions[partition] : null;
        return image is not null;
    }
}
