using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client;

/// <summary>Chooses partitions in the place of the client's own rule. Many threads at once; on the sender's thread, so it must be quick.</summary>
public interface IPartitioner
{
    /// <summary>The partition for a record that names none, or <see cref="Partitioners.Sticky"/>.</summary>
    /// <param name="topic">Where the record goes.</param>
    /// <param name="key">Serialized; empty for null.</param>
    /// <param name="isKeyNull">There is none.</param>
    /// <param name="value">Serialized; empty for null.</param>
    /// <param name="partitionCount">How many the topic has.</param>
    int Choose(string topic, ReadOnlySpan<byte> key, bool isKeyNull, ReadOnlySpan<byte> value, int partitionCount);
}

/// <summary>What a partitioner may want to use of the client's own rule.</summary>
public static class Partitioners
{
    /// <summary>Leaves the choice to the client: one partition until its batch is full, then another.</summary>
    public const int Sticky = -1;

    /// <summary>The partition of a key by Kafka's hash: the same as any other client's.</summary>
    public static int ByKey(ReadOnlySpan<byte> key, int partitionCount) => Murmur2.PartitionOf(key, partitionCount);
}
