using System.Collections.Immutable;

namespace Akka.Broker.Replication.Quorum;

/// <summary>Where a voter is reached, by its listener's name.</summary>
public readonly record struct VoterEndpoint(string Listener, string Host, int Port);

/// <summary>A voter as the log records it.</summary>
public sealed record Voter(ReplicaKey Key, ImmutableArray<VoterEndpoint> Endpoints)
{
    public Voter(int id, Guid directoryId, params VoterEndpoint[] endpoints)
        : this(new ReplicaKey(id, directoryId), [.. endpoints])
    {
    }

    public int Id => Key.Id;

    public bool Equals(Voter? other) => other is not null && Key == other.Key && Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Key, Endpoints.Length);
}

/// <summary>The replicas whose majority commits. Immutable; a change is another set that differs by one voter.</summary>
public sealed class VoterSet : IEquatable<VoterSet>
{
    public static readonly VoterSet Empty = new([]);

    private readonly ImmutableSortedDictionary<int, Voter> _byId;

    public VoterSet(IEnumerable<Voter> voters)
        : this(voters.ToImmutableSortedDictionary(v => v.Id, v => v))
    {
    }

    private VoterSet(ImmutableSortedDictionary<int, Voter> byId) => _byId = byId;

    /// <summary>By rising id.</summary>
    public IEnumerable<Voter> All => _byId.Values;

    public IEnumerable<ReplicaKey> Keys => _byId.Values.Select(v => v.Key);

    public int Count => _byId.Count;

    public bool IsEmpty => _byId.IsEmpty;

    /// <summary>How many make a decision.</summary>
    public int Majority => (_byId.Count / 2) + 1;

    public bool Contains(ReplicaKey key) => _byId.TryGetValue(key.Id, out var voter) && voter.Key == key;

    /// <summary>Whatever disk it is on.</summary>
    public bool ContainsNode(int id) => _byId.ContainsKey(id);

    public Voter? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>With a new voter, or one whose endpoints have changed.</summary>
    public VoterSet With(Voter voter) => new(_byId.SetItem(voter.Id, voter));

    public VoterSet Without(int id) => new(_byId.Remove(id));

    /// <summary>
    /// Whether every majority of this set meets every majority of the other: at most one voter was added or one taken away. A node with a new disk is two
    /// changes.
    /// </summary>
    public bool IsOneStepFrom(VoterSet other)
    {
        var common = Keys.Count(other.Contains);
        return Count - common + (other.Count - common) <= 1;
    }

    public bool Equals(VoterSet? other) => other is not null && Count == other.Count && All.SequenceEqual(other.All);

    public override bool Equals(object? obj) => Equals(obj as VoterSet);

    public override int GetHashCode() => Keys.Aggregate(Count, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", _byId.Keys)}]";
}
