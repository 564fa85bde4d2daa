using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// A node as the cluster knows it. Two members are equal when their unique addresses are, whatever their status; they are ordered by
/// address. <see cref="UpNumber"/> tells who came up first.
/// </summary>
public class Member : IComparable<Member>, IComparable
{
    public static readonly IComparer<Address> AddressOrdering = Comparer<Address>.Create(CompareAddresses);

    public static readonly IComparer<Member> AgeOrdering =
        Comparer<Member>.Create((a, b) => a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1);

    internal Member(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles)
    {
        UniqueAddress = uniqueAddress;
        UpNumber = upNumber;
        Status = status;
        Roles = roles;
    }

    public UniqueAddress UniqueAddress { get; }

    public Address Address => UniqueAddress.Address;

    public MemberStatus Status { get; }

    public ImmutableHashSet<string> Roles { get; }

    internal int UpNumber { get; }

    public bool HasRole(string role) => Roles.Contains(role);

    public bool IsOlderThan(Member other) =>
        UpNumber == other.UpNumber ? AddressOrdering.Compare(Address, other.Address) < 0 : UpNumber < other.UpNumber;

    public Member Copy(MemberStatus status)
    {
        if (status == Status)
        {
            return this;
        }

        var allowed = (Status, status) switch
        {
            (MemberStatus.Joining, MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed) => true,
            (MemberStatus.WeaklyUp, MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed) => true,
            (MemberStatus.Up, MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed) => true,
            (MemberStatus.Leaving, MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed) => true,
            (MemberStatus.Exiting, MemberStatus.Down or MemberStatus.Removed) => true,
            (MemberStatus.Down, MemberStatus.Removed) => true,
            _ => false,
        };
        return allowed
            ? new Member(UniqueAddress, UpNumber, status, Roles)
            : throw new InvalidOperationException($"Invalid member status transition {Status} -> {status}");
    }

    public Member CopyUp(int upNumber) => new Member(UniqueAddress, upNumber, Status, Roles).Copy(MemberStatus.Up);

    /// <summary>Finds the member of an incarnation in a set: members compare by unique address alone.</summary>
    internal static Member Probe(UniqueAddress node) => new(node, int.MaxValue, MemberStatus.Removed, ImmutableHashSet<string>.Empty);

    /// <summary>
    /// One of two views of a member: the status that is further on, the lower age number. Such a choice comes to the same in any order.
    /// </summary>
    internal static Member Further(Member a, Member b)
    {
        var further = Progress(a.Status) >= Progress(b.Status) ? a : b;
        var upNumber = Math.Min(a.UpNumber, b.UpNumber);
        return further.UpNumber == upNumber ? further : new Member(further.UniqueAddress, upNumber, further.Status, further.Roles);
    }

    public int CompareTo(Member? other) => other is null ? 1 : UniqueAddress.CompareTo(other.UniqueAddress);

    int IComparable.CompareTo(object? obj) => CompareTo(obj as Member);

    public override bool Equals(object? obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    public override int GetHashCode() => UniqueAddress.GetHashCode();

    public override string ToString() =>
        $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles.Order())}], upNumber={UpNumber})";

    private static int Progress(MemberStatus status) => status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => 6,
    };

    private static int CompareAddresses(Address? a, Address? b)
    {
        if (ReferenceEquals(a, b))
        {
            return 0;
        }

        var byHost = string.CompareOrdinal(a?.Host, b?.Host);
        return byHost != 0 ? byHost : Nullable.Compare(a?.Port, b?.Port);
    }
}
