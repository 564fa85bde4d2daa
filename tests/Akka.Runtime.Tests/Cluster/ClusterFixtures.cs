using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>Nodes a, b, c … and members of them, for the pure parts.</summary>
internal static class ClusterFixtures
{
    public static readonly UniqueAddress A = Node("a");
    public static readonly UniqueAddress B = Node("b");
    public static readonly UniqueAddress C = Node("c");
    public static readonly UniqueAddress D = Node("d");

    public static readonly ImmutableHashSet<UniqueAddress> NoOne = [];

    public static UniqueAddress Node(string host, int uid = 1) => new(new Address("akka.tcp", "test", host, 4053), uid);

    public static Member Is(this UniqueAddress node, MemberStatus status, int upNumber = int.MaxValue, params string[] roles) =>
        new(node, upNumber, status, [.. roles]);

    /// <summary>Members that all have seen.</summary>
    public static Gossip View(params Member[] members)
    {
        var gossip = members.Aggregate(Gossip.Empty, (so, member) => so.With(member)).NextVersion(members[0].UniqueAddress);
        return members.Aggregate(gossip, (so, member) => so.SeenBy(member.UniqueAddress));
    }

    public static Gossip Cannot(this Gossip gossip, UniqueAddress observer, UniqueAddress subject) =>
        gossip with { Reachability = gossip.Reachability.Unreachable(observer, subject) };

    public static Membership For(this Gossip gossip, UniqueAddress self) => new(gossip, self);

    public static ClusterSettings Settings(string hocon = "") =>
        new(ConfigurationFactory.ParseString(hocon).WithFallback(Akka.Cluster.Cluster.DefaultConfig()), "test");
}
