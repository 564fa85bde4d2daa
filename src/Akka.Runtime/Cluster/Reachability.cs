using System.Collections.Immutable;

namespace Akka.Cluster;

internal enum ReachabilityStatus
{
    Reachable = 0,
    Unreachable = 1,

    /// <summary>Known to be gone: nothing that carries this incarnation's messages is left. It stays so.</summary>
    Terminated = 2,
}

/// <summary>
/// Who cannot reach whom: a row an observer, which only that observer writes, with a version that counts its changes. The row of the higher
/// version is the newer one, so rows merge without conflict.
/// <code>
///   observer ─▶ (version, subject ─▶ Unreachable | Terminated)     a subject that is not in the row is reachable
/// </code>
/// A subject is unreachable as soon as one observer says so.
/// </summary>
internal sealed class Reachability
{
    public static readonly Reachability Empty = new(ImmutableSortedDictionary<UniqueAddress, Row>.Empty);

    private readonly Lazy<ImmutableDictionary<UniqueAddress, ReachabilityStatus>> _worst;

    private Reachability(ImmutableSortedDictionary<UniqueAddress, Row> rows)
    {
        Rows = rows;
        _worst = new(() => WorstOf(rows));
    }

    public ImmutableSortedDictionary<UniqueAddress, Row> Rows { get; }

    public bool AllReachable => _worst.Value.IsEmpty;

    /// <summary>The subjects that at least one observer cannot reach.</summary>
    public IEnumerable<UniqueAddress> Unreachables => _worst.Value.Keys;

    public static Reachability Of(IEnumerable<KeyValuePair<UniqueAddress, Row>> rows) => new(rows.ToImmutableSortedDictionary());

    public bool IsReachable(UniqueAddress subject) => !_worst.Value.ContainsKey(subject);

    public bool IsReachable(UniqueAddress observer, UniqueAddress subject) => StatusOf(observer, subject) == ReachabilityStatus.Reachable;

    public ReachabilityStatus StatusOf(UniqueAddress subject) => _worst.Value.GetValueOrDefault(subject);

    public ReachabilityStatus StatusOf(UniqueAddress observer, UniqueAddress subject) =>
        Rows.TryGetValue(observer, out var row) ? row.Subjects.GetValueOrDefault(subject) : ReachabilityStatus.Reachable;

    public IEnumerable<UniqueAddress> ObserversOf(UniqueAddress subject) => Rows.Where(row => row.Value.Subjects.ContainsKey(subject)).Select(row => row.Key);

    public Reachability Reachable(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Reachable);

    public Reachability Unreachable(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Unreachable);

    public Reachability Terminated(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Terminated);

    /// <summary>The rows of other observers: what some say no longer counts.</summary>
    public Reachability WithoutObservers(IEnumerable<UniqueAddress> observers)
    {
        var rows = Rows.RemoveRange(observers);
        return ReferenceEquals(rows, Rows) ? this : new Reachability(rows);
    }

    /// <summary>Without nodes that are gone, as observers and as subjects. Versions stay: every node forgets the same.</summary>
    public Reachability Without(IReadOnlyCollection<UniqueAddress> nodes)
    {
        var rows = Rows.RemoveRange(nodes);
        foreach (var (observer, row) in rows)
        {
            var subjects = row.Subjects.RemoveRange(nodes);
            if (!ReferenceEquals(subjects, row.Subjects))
            {
                rows = rows.SetItem(observer, row with { Subjects = subjects });
            }
        }

        return ReferenceEquals(rows, Rows) ? this : new Reachability(rows);
    }

    public Reachability Merge(Reachability other)
    {
        var rows = Rows;
        foreach (var (observer, theirs) in other.Rows)
        {
            if (!rows.TryGetValue(observer, out var mine) || theirs.Version > mine.Version)
            {
                rows = rows.SetItem(observer, theirs);
            }
        }

        return ReferenceEquals(rows, Rows) ? this : new Reachability(rows);
    }

    public bool IsSameAs(Reachability other) => ReferenceEquals(this, other)
        || (Rows.Count == other.Rows.Count && Rows.All(row => other.Rows.TryGetValue(row.Key, out var theirs) && theirs.Version == row.Value.Version));

    public override string ToString() => AllReachable
        ? "all reachable"
        : string.Join("; ", _worst.Value.Select(pair => $"{pair.Key.Address} is {pair.Value} for {string.Join(", ", ObserversOf(pair.Key).Select(o => o.Address))}"));

    private static ImmutableDictionary<UniqueAddress, ReachabilityStatus> WorstOf(ImmutableSortedDictionary<UniqueAddress, Row> rows)
    {
        var worst = ImmutableDictionary.CreateBuilder<UniqueAddress, ReachabilityStatus>();
        foreach (var (_, row) in rows)
        {
            foreach (var (subject, status) in row.Subjects)
            {
                if (status > worst.GetValueOrDefault(subject))
                {
                    worst[subject] = status;
                }
            }
        }

        return worst.ToImmutable();
    }

    private Reachability Change(UniqueAddress observer, UniqueAddress subject, ReachabilityStatus status)
    {
        var row = Rows.GetValueOrDefault(observer) ?? Row.Empty;
        var before = row.Subjects.GetValueOrDefault(subject);
        if (before == status || before == ReachabilityStatus.Terminated)
        {
            return this;
        }

        var subjects = status == ReachabilityStatus.Reachable ? row.Subjects.Remove(subject) : row.Subjects.SetItem(subject, status);
        return new Reachability(Rows.SetItem(observer, new Row(row.Version + 1, subjects)));
    }

    /// <summary>What one observer says.</summary>
    internal sealed record Row(long Version, ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus> Subjects)
    {
        public static readonly Row Empty = new(0, ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus>.Empty);
    }
}
