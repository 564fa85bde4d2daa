using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;

namespace Akka.Broker.Coordination.Members;

/// <summary>
/// One member, as long as its coordinator remembers it. Only <see cref="Roster"/> changes what it counts: protocols and the waiting join.
/// </summary>
internal sealed class GroupMember(string id, string? instanceId, string clientId, string clientHost, string protocolType)
{
    public string Id { get; } = id;

    /// <summary><c>group.instance.id</c>: set for a static member, who keeps its place and assignment when it restarts.</summary>
    public string? InstanceId { get; } = instanceId;

    public string ClientId { get; } = clientId;

    public string ClientHost { get; } = clientHost;

    public string ProtocolType { get; } = protocolType;

    public int RebalanceTimeoutMs { get; set; }

    public int SessionTimeoutMs { get; set; }

    /// <summary>In the order of its preference.</summary>
    public IReadOnlyList<MemberProtocol> Protocols { get; internal set; } = [];

    /// <summary>The JoinGroup that waits for the next generation.</summary>
    public RequestId? AwaitingJoin { get; internal set; }

    /// <summary>The SyncGroup that waits for the assignment.</summary>
    public RequestId? AwaitingSync { get; set; }

    /// <summary>It has not been in a generation yet, so it cannot heartbeat and its wait is bounded by itself.</summary>
    public bool IsNew { get; set; }

    /// <summary>Of the last generation whose assignment was committed while it was a member.</summary>
    public ReadOnlyMemory<byte> Assignment { get; set; }

    public DeadlineSlot Session { get; } = new(DeadlineKind.Session, id);

    public bool IsStatic => InstanceId is not null;

    public ReadOnlyMemory<byte> MetadataFor(string? protocolName)
    {
        foreach (var protocol in Protocols)
        {
            if (protocol.Name == protocolName)
                return protocol.Metadata;
        }

        return default;
    }

    /// <summary>Whether it offers what it offered before.</summary>
    public bool Offers(IReadOnlyList<MemberProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count)
            return false;
        for (var i = 0; i < protocols.Count; i++)
        {
            if (!protocols[i].Matches(Protocols[i]))
                return false;
        }

        return true;
    }

    /// <summary>As the log keeps it for the generation's protocol.</summary>
    public GroupMetadataMember ToRecord(string? protocolName, ReadOnlyMemory<byte> assignment) =>
        new(Id, InstanceId, ClientId, ClientHost, RebalanceTimeoutMs, SessionTimeoutMs, MetadataFor(protocolName), assignment);
}
