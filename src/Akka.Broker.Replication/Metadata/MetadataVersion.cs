using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata;

/// <summary>The levels of the feature <c>metadata.version</c>. A cluster writes no record format above its finalized level, so that nodes can be rolled one at a time.</summary>
public static class MetadataVersion
{
    public const string FeatureName = "metadata.version";

    /// <summary>Every record type of the first release at version 0.</summary>
    public const short Initial = 1;

    /// <summary>Moves of replicas, controlled shutdown, and what a broker's registration says of its build and Akka address.</summary>
    public const short Cluster = 2;

    /// <summary>Quotas of clients.</summary>
    public const short Quotas = 3;

    /// <summary>The highest level that this build can read and write.</summary>
    public const short Latest = Quotas;

    /// <summary>Refuses a level that this build cannot read.</summary>
    public static void Check(FeatureLevelRecord record)
    {
        if (record.Name == FeatureName)
            MetadataLevels.OfThisBuild.Check(record.FeatureLevel);
    }
}
