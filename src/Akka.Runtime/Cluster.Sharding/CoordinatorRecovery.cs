using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Whose regions a coordinator that starts has yet to hear of. Pure: no actors, no clock. It waits one term for the members that it can reach, and
/// ten for those that it cannot, since their entities may live; one that is removed is not waited for, nor one that has no region.
/// </summary>
internal sealed class CoordinatorRecovery(string? role)
{
    private const int TermsForUnreachable = 10;

    private readonly Dictionary<UniqueAddress, bool> _awaited = [];
    private readonly List<Address> _givenUp = [];
    private int _terms;

    public bool IsOver => _awaited.Count == 0;

    public IReadOnlyList<Address> GivenUp => _givenUp;

    public void Begin(IEnumerable<Member> members)
    {
        foreach (var member in members)
        {
            if ((role is null || member.HasRole(role)) && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting)
            {
                _awaited.Add(member.UniqueAddress, true);
            }
        }
    }

    public bool Awaits(Address address) => _awaited.Keys.Any(node => node.Address.Equals(address));

    public void Registered(Address address)
    {
        foreach (var node in _awaited.Keys.Where(node => node.Address.Equals(address)).ToList())
        {
            _awaited.Remove(node);
        }
    }

    public void MembersAre(IEnumerable<Member> members, IImmutableSet<Member> unreachable)
    {
        var present = members.Where(member => member.Status != MemberStatus.Down).Select(member => member.UniqueAddress).ToHashSet();
        foreach (var node in _awaited.Keys.ToList())
        {
            if (!present.Contains(node))
            {
                _awaited.Remove(node);
            }
            else
            {
                _awaited[node] = !unreachable.Any(member => member.UniqueAddress.Equals(node));
            }
        }
    }

    /// <summary>A term has passed; true if there is a reason to wait for another.</summary>
    public bool TimePassed()
    {
        _terms++;
        foreach (var (node, isReachable) in _awaited.ToList())
        {
            if (isReachable || _terms >= TermsForUnreachable)
            {
                _awaited.Remove(node);
                _givenUp.Add(node.Address);
            }
        }

        return _awaited.Count > 0;
    }
}
