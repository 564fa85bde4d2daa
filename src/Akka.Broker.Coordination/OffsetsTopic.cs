namespace Akka.Broker.Coordination;

/// <summary>Where groups are kept: <c>__consumer_offsets</c>. A group's partition follows from its name alone, the same in every broker and client.</summary>
public static class OffsetsTopic
{
    public const string Name = "__consumer_offsets";

    /// <summary>The hash of Java's String.hashCode without its sign, modulo the number of partitions; Java's Integer.MIN_VALUE counts as 0.</summary>
    public static int PartitionFor(string groupId, int partitionCount)
    {
        var hash = 0;
        foreach (var c in groupId)
            hash = unchecked((31 * hash) + c);
        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % partitionCount;
    }
}
