namespace Akka.Broker.Client.Admin;

/// <summary>What levels of features are in force, and which ones the broker that answered could serve.</summary>
/// <param name="Finalized">In force cluster-wide.</param>
/// <param name="FinalizedEpoch">Rises with each change; null: none is known.</param>
/// <param name="Supported">By the broker that was asked.</param>
public sealed record FeatureDescription(
    IReadOnlyDictionary<string, FeatureLevels> Finalized, long? FinalizedEpoch, IReadOnlyDictionary<string, FeatureLevels> Supported);

public readonly record struct FeatureLevels(short Lowest, short Highest);

/// <summary>A feature's new level.</summary>
/// <param name="MaxVersionLevel">0: take the feature out of force.</param>
/// <param name="Type">Which way it may go.</param>
public sealed record FeatureUpdate(short MaxVersionLevel, FeatureUpgradeType Type = FeatureUpgradeType.Upgrade);

/// <summary>By the protocol's numbers.</summary>
public enum FeatureUpgradeType : sbyte
{
    Upgrade = 1,

    /// <summary>Down, if no metadata are lost by it.</summary>
    SafeDowngrade = 2,

    /// <summary>Down, whatever is lost by it.</summary>
    UnsafeDowngrade = 3,
}
