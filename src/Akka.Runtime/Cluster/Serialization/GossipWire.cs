using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>
/// A gossip as bytes. Counts come before what they count; numbers are of variable length.
/// <code>
///   members       node, status, age number (0: none yet), roles
///   seen          nodes
///   reachability  observer, version, (subject, status)
///   version       node, changes
///   tombstones    node, Unix ms
/// </code>
/// </summary>
internal static class GossipWire
{
    public static void Write(Gossip gossip, NodeTableWriter table, WireWriter writer)
    {
        writer.VarUInt((ulong)gossip.Members.Count);
        foreach (var member in gossip.Members)
        {
            table.Node(member.UniqueAddress);
            writer.Byte((byte)member.Status);
            writer.VarUInt(member.UpNumber == int.MaxValue ? 0 : (ulong)member.UpNumber);
            WriteRoles(member.Roles, table, writer);
        }

        writer.VarUInt((ulong)gossip.Seen.Count);
        foreach (var node in gossip.Seen.Order())
        {
            table.Node(node);
        }

        writer.VarUInt((ulong)gossip.Reachability.Rows.Count);
        foreach (var (observer, row) in gossip.Reachability.Rows)
        {
            table.Node(observer);
            writer.VarUInt((ulong)row.Version);
            writer.VarUInt((ulong)row.Subjects.Count);
            foreach (var (subject, status) in row.Subjects)
            {
                table.Node(subject);
                writer.Byte((byte)status);
            }
        }

        WriteCounts(gossip.Version.Counts, table, writer);
        WriteCounts(gossip.Tombstones, table, writer);
    }

    public static Gossip Read(NodeTableReader table, ref WireReader reader)
    {
        try
        {
            return ReadParts(table, ref reader);
        }
        catch (ArgumentException e)
        {
            throw new SerializationException($"a gossip contradicts itself: {e.Message}", e);
        }
    }

    private static Gossip ReadParts(NodeTableReader table, ref WireReader reader)
    {
        var members = ImmutableSortedSet.CreateBuilder<Member>();
        for (var left = reader.Count(); left > 0; left--)
        {
            var node = table.Node(ref reader);
            var status = (MemberStatus)reader.Byte();
            if (status is MemberStatus.Removed || !Enum.IsDefined(status))
            {
                throw new SerializationException($"the status of {node} is {status}, which no member can have");
            }

            var upNumber = reader.VarUInt();
            if (upNumber > int.MaxValue)
            {
                throw new SerializationException($"the age number of {node} is {upNumber}");
            }

            members.Add(new Member(node, upNumber == 0 ? int.MaxValue : (int)upNumber, status, ReadRoles(table, ref reader)));
        }

        var seen = ImmutableHashSet.CreateBuilder<UniqueAddress>();
        for (var left = reader.Count(); left > 0; left--)
        {
            seen.Add(table.Node(ref reader));
        }

        var rows = new Dictionary<UniqueAddress, Reachability.Row>();
        for (var left = reader.Count(); left > 0; left--)
        {
            rows[table.Node(ref reader)] = new((long)reader.VarUInt(), ReadSubjects(table, ref reader));
        }

        return new Gossip(
            members.ToImmutable(),
            seen.ToImmutable(),
            Reachability.Of(rows),
            VectorClock.Of(ReadCounts(table, ref reader)),
            ReadCounts(table, ref reader).ToImmutableSortedDictionary());
    }

    public static void WriteRoles(ImmutableHashSet<string> roles, NodeTableWriter table, WireWriter writer)
    {
        writer.VarUInt((ulong)roles.Count);
        foreach (var role in roles.Order(StringComparer.Ordinal))
        {
            table.Text(role);
        }
    }

    public static ImmutableHashSet<string> ReadRoles(NodeTableReader table, ref WireReader reader)
    {
        var roles = ImmutableHashSet.CreateBuilder<string>();
        for (var left = reader.Count(); left > 0; left--)
        {
            roles.Add(table.Text(ref reader));
        }

        return roles.ToImmutable();
    }

    private static ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus> ReadSubjects(NodeTableReader table, ref WireReader reader)
    {
        var subjects = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, ReachabilityStatus>();
        for (var left = reader.Count(); left > 0; left--)
        {
            var subject = table.Node(ref reader);
            var status = (ReachabilityStatus)reader.Byte();
            subjects[subject] = status is ReachabilityStatus.Unreachable or ReachabilityStatus.Terminated
                ? status
                : throw new SerializationException($"{subject} cannot be listed as {status}");
        }

        return subjects.ToImmutable();
    }

    private static void WriteCounts(ImmutableSortedDictionary<UniqueAddress, long> counts, NodeTableWriter table, WireWriter writer)
    {
        writer.VarUInt((ulong)counts.Count);
        foreach (var (node, count) in counts)
        {
            table.Node(node);
            writer.VarInt(count);
        }
    }

    private static Dictionary<UniqueAddress, long> ReadCounts(NodeTableReader table, ref WireReader reader)
    {
        var counts = new Dictionary<UniqueAddress, long>();
        for (var left = reader.Count(); left > 0; left--)
        {
            counts[table.Node(ref reader)] = reader.VarInt();
        }

        return counts;
    }
}
