namespace Akka.Broker.Replication.Metadata;

/// <summary>The levels of <c>metadata.version</c> that a node reads and writes. All nodes of a build have the same; a trial of two releases side by side gives some of them fewer.</summary>
public sealed record MetadataLevels(short Min, short Max)
{
    public static readonly MetadataLevels OfThisBuild = new(MetadataVersion.Initial, MetadataVersion.Latest);

    /// <summary>Null if the level can be read, else why not. 0 is that of a log without any.</summary>
    public string? RefusalOf(short level) => level == 0 || (level >= Min && level <= Max)
        ? null
        : $"The cluster's {MetadataVersion.FeatureName} is {level}; this node reads {Min} to {Max}. Start it with the release that the cluster runs.";

    /// <exception cref="UnsupportedMetadataException">The level cannot be read.</exception>
    public void Check(short level)
    {
        if (RefusalOf(level) is { } refusal)
            throw new UnsupportedMetadataException(refusal);
    }
}
