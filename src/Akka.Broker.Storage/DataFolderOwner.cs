using Akka.Broker.Storage.Checkpoints;

namespace Akka.Broker.Storage;

/// <summary>Checks whose a data folder is, and marks a new one, or one of Kafka's ZooKeeper time, as this node's.</summary>
internal static class DataFolderOwner
{
    public static MetaProperties Establish(string path, LogManagerOptions options, LogEnvironment environment)
    {
        var found = MetaProperties.Read(environment.Disk, path);
        if (found is not null && found.NodeId != options.NodeId)
            throw new NodeIdMismatchException(path, found.NodeId, options.NodeId);
        if (found?.ClusterId is { } clusterId && options.ClusterId is { } expected && clusterId != expected)
            throw new ClusterIdMismatchException(path, clusterId, expected);
        var meta = new MetaProperties(
            options.NodeId, found?.ClusterId ?? options.ClusterId, found is { } f && f.DirectoryId != Guid.Empty ? f.DirectoryId : environment.NextGuid());
        if (meta != found)
            meta.Write(environment.Disk, path);
        return meta;
    }
}
