namespace Akka.Broker.Client.Admin;

/// <summary>A move of replicas that is under way.</summary>
/// <param name="Replicas">All of now, those that come and those that go included.</param>
/// <param name="AddingReplicas">On their way in.</param>
/// <param name="RemovingReplicas">On their way out.</param>
public sealed record PartitionReassignment(IReadOnlyList<int> Replicas, IReadOnlyList<int> AddingReplicas, IReadOnlyList<int> RemovingReplicas);

/// <summary>By the protocol's numbers.</summary>
public enum ElectionType : sbyte
{
    /// <summary>The first of the replicas, if it is in sync.</summary>
    Preferred = 0,

    /// <summary>If nothing in sync is left, one that is not: records may be lost.</summary>
    Unclean = 1,
}
