using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Simulation.Faults;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Takes a node's snapshots of the metadata, each when its log has grown by so much, and reads them back.</summary>
internal sealed class MetadataSnapshots(NodeLife node, QuorumDisk disk)
{
    private long _grownBy;
    private bool _isWriting;

    /// <summary>What a start begins with; all that it knows is its newest snapshot. How much more is committed it hears from the leader.</summary>
    public MetadataImage LoadNewest()
    {
        if (disk.Log.Snapshot is not { Offset: > 0 } id)
            return MetadataImage.Empty;
        node.World.Faults.Count(FaultKind.MetadataSnapshotBegunWith);
        return Load(id);
    }

    public MetadataImage Load(LogPosition id)
    {
        _grownBy = 0;
        var image = MetadataSnapshot.Read(disk.Log.ReadSnapshot(id, 0, int.MaxValue)!.Value.Bytes, id);
        node.World.Metadata.OnSnapshot(node.Id, image);
        return image;
    }

    /// <summary>Batches of so many bytes were applied, which made the image.</summary>
    public void OnApplied(int bytes, MetadataImage image)
    {
        _grownBy += bytes;
        if (_isWriting || _grownBy < node.World.QuorumTimes.SnapshotBytes)
            return;
        _grownBy = 0;
        _isWriting = true;
        var id = MetadataSnapshot.IdOf(image);
        byte[] file = [.. MetadataSnapshot.Write(Bent(image), node.Quorum.Machine.VotersAt(id.Offset), node.Clock.UnixMs).SelectMany(b => b)];
        node.OnDisk(() =>
        {
            _isWriting = false;
            // One that was fetched meanwhile may be newer.
            if (disk.Log.Snapshot is { } newest && newest.Offset >= id.Offset)
                return;
            node.World.Faults.Count(FaultKind.MetadataSnapshotTaken);
            disk.Log.TakeSnapshot(id, file, fromOneBefore: true);
            node.Quorum.OnLogStartMoved();
        });
    }

    private MetadataImage Bent(MetadataImage image)
    {
        if (!node.World.Has(Mutation.SnapshotForgets))
            return image;
        var forgets = image.TopicsById.Values.SelectMany(t => t.Partitions.Where(p => !p.Elr.IsEmpty).Select(p => new PartitionChangeRecord
        {
            TopicId = t.Id,
            PartitionId = p.Partition,
            EligibleLeaderReplicas = [],
        }));
        return MetadataImageBuilder.Apply(image, forgets.ToList(), image.Offset, image.Epoch);
    }
}
