namespace Akka.Cluster;

internal enum GossipOutcome
{
    /// <summary>Both had the same version; who has seen it may be news.</summary>
    Same,

    /// <summary>The sender lacks what this node has.</summary>
    Older,

    /// <summary>This node lacked what the sender has.</summary>
    Newer,

    /// <summary>Each lacked something of the other.</summary>
    Merged,
}

/// <summary>What receiving a gossip comes to: the view to keep, and whether the sender should be told of it at once.</summary>
internal sealed record GossipExchange(Gossip Winner, GossipOutcome Outcome, bool TalkBack)
{
    /// <summary>
    /// The joiner that a stranger's gossip amounts to, if any: whoever let it in may have gone before anyone else heard of it. A stranger that
    /// is further on than joining belongs to another cluster, or was removed from this one.
    /// </summary>
    public static Member? Joiner(Gossip local, Gossip remote, UniqueAddress from, UniqueAddress self) =>
        remote.Find(from) is { Status: MemberStatus.Joining or MemberStatus.WeaklyUp } member
        && remote.Has(self) && !local.Has(from) && !local.Tombstones.ContainsKey(from)
            ? member
            : null;

    public static GossipExchange Receive(Gossip local, Gossip remote, UniqueAddress self)
    {
        // Versions compare only between views that have forgotten the same nodes.
        var mine = local.Bury(remote.Tombstones);
        var theirs = remote.Bury(local.Tombstones);
        var senderKnows = remote.Seen.Contains(self);
        switch (mine.Version.CompareTo(theirs.Version))
        {
            case ClockOrder.Same when mine.HasContentOf(theirs):
                return new(mine with { Seen = mine.Seen.Union(theirs.Seen).Add(self) }, GossipOutcome.Same, !senderKnows);
            case ClockOrder.Same:
                // A change by a node that is gone since reached only one of the two: its count went with the node.
                return new(Gossip.Merge(mine, theirs).NextVersion(self), GossipOutcome.Merged, true);
            case ClockOrder.Before:
                return new(theirs.SeenBy(self), GossipOutcome.Newer, !senderKnows);
            case ClockOrder.After:
                return new(mine.SeenBy(self), GossipOutcome.Older, true);
            default:
                return new(Gossip.Merge(mine, theirs).SeenBy(self), GossipOutcome.Merged, true);
        }
    }
}
