using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>What subscribers of a cluster are told.</summary>
public class ClusterEvent
{
    public static readonly SubscriptionInitialStateMode InitialStateAsSnapshot = SubscriptionInitialStateMode.InitialStateAsSnapshot;

    public static readonly SubscriptionInitialStateMode InitialStateAsEvents = SubscriptionInitialStateMode.InitialStateAsEvents;

    /// <summary>How a subscriber learns what was before: one <see cref="CurrentClusterState"/>, or the events that led there.</summary>
    public enum SubscriptionInitialStateMode
    {
        InitialStateAsSnapshot = 0,
        InitialStateAsEvents = 1,
    }

    public interface IClusterDomainEvent : IDeadLetterSuppression;

    public interface IMemberEvent : IClusterDomainEvent
    {
        Member Member { get; }
    }

    public interface IReachabilityEvent : IClusterDomainEvent;

    /// <summary>The cluster as this node sees it.</summary>
    public sealed class CurrentClusterState : INoSerializationVerificationNeeded
    {
        private readonly ImmutableDictionary<string, Address> _roleLeaders;

        public CurrentClusterState()
            : this(
                ImmutableSortedSet<Member>.Empty,
                ImmutableHashSet<Member>.Empty,
                ImmutableHashSet<Address>.Empty,
                null,
                ImmutableDictionary<string, Address>.Empty)
        {
        }

        public CurrentClusterState(
            ImmutableSortedSet<Member> members,
            ImmutableHashSet<Member> unreachable,
            ImmutableHashSet<Address> seenBy,
            Address? leader,
            ImmutableDictionary<string, Address> roleLeaderMap)
        {
            Members = members;
            Unreachable = unreachable;
            SeenBy = seenBy;
            Leader = leader!;
            _roleLeaders = roleLeaderMap;
        }

        public ImmutableSortedSet<Member> Members { get; }

        public ImmutableHashSet<Member> Unreachable { get; }

        public ImmutableHashSet<Address> SeenBy { get; }

        /// <summary>Null before the first join.</summary>
        public Address Leader { get; }

        public ImmutableHashSet<string> AllRoles => Members.SelectMany(member => member.Roles).ToImmutableHashSet();

        /// <summary>The leader among the members of a role, null without one.</summary>
        public Address RoleLeader(string role) => _roleLeaders.GetValueOrDefault(role)!;

        public override string ToString() =>
            $"CurrentClusterState(members=[{string.Join(", ", Members)}], unreachable=[{string.Join(", ", Unreachable)}], leader={Leader})";
    }

    public abstract class MemberStatusChange : IMemberEvent
    {
        protected MemberStatusChange(Member member, MemberStatus validStatus)
        {
            if (member.Status != validStatus)
            {
                throw new ArgumentException($"Expected {validStatus} state, got: {member}", nameof(member));
            }

            Member = member;
        }

        public Member Member { get; }

        public override bool Equals(object? obj) =>
            obj is MemberStatusChange other && other.GetType() == GetType() && Member.Equals(other.Member) && Member.Status == other.Member.Status;

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    public sealed class MemberJoined(Member member) : MemberStatusChange(member, MemberStatus.Joining);

    /// <summary>Let in while the members cannot agree: it counts, but has no age yet.</summary>
    public sealed class MemberWeaklyUp(Member member) : MemberStatusChange(member, MemberStatus.WeaklyUp);

    public sealed class MemberUp(Member member) : MemberStatusChange(member, MemberStatus.Up);

    public sealed class MemberLeft(Member member) : MemberStatusChange(member, MemberStatus.Leaving);

    public sealed class MemberExited(Member member) : MemberStatusChange(member, MemberStatus.Exiting);

    public sealed class MemberDowned(Member member) : MemberStatusChange(member, MemberStatus.Down);

    /// <summary>The member is gone; <see cref="PreviousStatus"/> Down means that it did not leave by itself.</summary>
    public sealed class MemberRemoved(Member member, MemberStatus previousStatus) : MemberStatusChange(member, MemberStatus.Removed)
    {
        public MemberStatus PreviousStatus { get; } = previousStatus;

        public override bool Equals(object? obj) => base.Equals(obj) && ((MemberRemoved)obj!).PreviousStatus == PreviousStatus;

        public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), PreviousStatus);
    }

    public sealed class LeaderChanged(Address? leader) : IClusterDomainEvent
    {
        public Address Leader { get; } = leader!;

        public override bool Equals(object? obj) => obj is LeaderChanged other && Equals(Leader, other.Leader);

        public override int GetHashCode() => Leader?.GetHashCode() ?? 0;

        public override string ToString() => $"LeaderChanged(NewLeader={Leader})";
    }

    public sealed class RoleLeaderChanged(string role, Address? leader) : IClusterDomainEvent
    {
        public string Role { get; } = role;

        public Address Leader { get; } = leader!;

        public override bool Equals(object? obj) => obj is RoleLeaderChanged other && Role == other.Role && Equals(Leader, other.Leader);

        public override int GetHashCode() => HashCode.Combine(Role, Leader);

        public override string ToString() => $"RoleLeaderChanged(Leader={Leader}, Role={Role})";
    }

    public abstract class ReachabilityEvent : IReachabilityEvent
    {
        protected ReachabilityEvent(Member member) => Member = member;

        public Member Member { get; }

        public override bool Equals(object? obj) => obj is ReachabilityEvent other && other.GetType() == GetType() && Member.Equals(other.Member);

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    public sealed class UnreachableMember(Member member) : ReachabilityEvent(member);

    public sealed class ReachableMember(Member member) : ReachabilityEvent(member);

    /// <summary>This node has left, or was removed; no event comes after it.</summary>
    public sealed class ClusterShuttingDown : IClusterDomainEvent
    {
        public static readonly IClusterDomainEvent Instance = new ClusterShuttingDown();

        private ClusterShuttingDown()
        {
        }

        public override string ToString() => nameof(ClusterShuttingDown);
    }
}
