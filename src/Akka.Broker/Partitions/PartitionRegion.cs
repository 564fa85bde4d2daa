namespace Akka.Broker.Partitions;

/// <summary>The shard region whose entities are partitions' leaders.</summary>
public static class PartitionRegion
{
    public const string TypeName = "partition";
}
