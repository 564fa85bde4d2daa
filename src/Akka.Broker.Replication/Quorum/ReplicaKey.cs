namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// One disk of one node: a node whose disk was wiped has the same id and another directory id, and is another replica, so it never votes on what it
/// lost (KIP-853).
/// </summary>
/// <param name="Id">The node's id.</param>
/// <param name="DirectoryId">Of its first data folder, from <c>meta.properties</c>.</param>
public readonly record struct ReplicaKey(int Id, Guid DirectoryId)
{
    public override string ToString() => $"{Id}:{DirectoryId:N}";
}
