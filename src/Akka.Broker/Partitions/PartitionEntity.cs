using System.Collections.Concurrent;
using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>
/// How a partition is named as an entity and as a persistent actor: <c>topic id in 32 hex digits, '-', partition</c>. The id and not the name, so that a topic
/// that is deleted and made again is another entity.
/// </summary>
public static class PartitionEntity
{
    private const string PersistencePrefix = "partition-";
    private static readonly ConcurrentDictionary<(Guid, int), string> Names = new();

    /// <summary>The entity id; the same string for the same partition, so that a message costs no formatting.</summary>
    public static string NameOf(TopicIdPartition partition) =>
        Names.GetOrAdd((partition.TopicId, partition.Partition), static key => $"{key.Item1:N}-{key.Item2}");

    /// <summary>The partition of an entity id.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static (Guid TopicId, int Partition) Parse(string name)
    {
        var dash = name.IndexOf('-');
        return dash == 32 && Guid.TryParseExact(name.AsSpan(0, 32), "N", out var topicId) && int.TryParse(name.AsSpan(33), out var partition)
            ? (topicId, partition)
            : throw new FormatException($"'{name}' is no partition entity; expected a topic id in 32 hex digits, '-' and a partition number.");
    }

    /// <summary>The persistence id of an entity.</summary>
    public static string PersistenceIdOf(string name) => PersistencePrefix + name;

    /// <summary>The partition of a persistence id.</summary>
    /// <exception cref="FormatException">It is not a partition's.</exception>
    public static (Guid TopicId, int Partition) ParsePersistenceId(string persistenceId) =>
        persistenceId.StartsWith(PersistencePrefix, StringComparison.Ordinal)
            ? Parse(persistenceId[PersistencePrefix.Length..])
            : throw new FormatException($"'{persistenceId}' is no partition's persistence id; those begin with '{PersistencePrefix}'.");

    /// <summary>The topic is gone; forget the name.</summary>
    internal static void Forget(TopicIdPartition partition) => Names.TryRemove((partition.TopicId, partition.Partition), out _);
}
