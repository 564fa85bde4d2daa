using Akka.Actor;

namespace Akka.Cluster;

/// <summary>An address and which start of the system there is meant: a restarted node has another uid.</summary>
public class UniqueAddress(Address address, int uid) : IEquatable<UniqueAddress>, IComparable<UniqueAddress>, IComparable
{
    public Address Address { get; } = address;

    public int Uid { get; } = uid;

    public static bool operator ==(UniqueAddress? left, UniqueAddress? right) => Equals(left, right);

    public static bool operator !=(UniqueAddress? left, UniqueAddress? right) => !Equals(left, right);

    public bool Equals(UniqueAddress? other) => other is not null && Uid == other.Uid && Address.Equals(other.Address);

    public override bool Equals(object? obj) => Equals(obj as UniqueAddress);

    public override int GetHashCode() => Uid;

    public int CompareTo(UniqueAddress? uniqueAddress)
    {
        if (uniqueAddress is null)
        {
            return 1;
        }

        var byAddress = Member.AddressOrdering.Compare(Address, uniqueAddress.Address);
        return byAddress != 0 ? byAddress : Uid.CompareTo(uniqueAddress.Uid);
    }

    int IComparable.CompareTo(object? obj) => CompareTo(obj as UniqueAddress);

    public override string ToString() => $"UniqueAddress: ({Address}, {Uid})";
}
