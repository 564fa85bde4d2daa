using Akka.Actor;
using Akka.Broker.Nodes;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Quorum;

/// <summary>Apply what is committed: everything before the offset.</summary>
internal sealed record ApplyCommitted(long HighWatermark);

/// <summary>Begin with this snapshot.</summary>
internal sealed record LoadSnapshot(LogPosition Id);

/// <summary>What is committed cannot be applied by this build: the node must not go on.</summary>
internal sealed record LoadFailed(Exception Cause);

/// <summary>
/// The one place where the committed metadata log becomes this node's <see cref="MetadataImage"/>, on whichever node leads: batch by batch in the order of the
/// log, published to the cache and told to the node. The child of the <see cref="QuorumActor"/>, which tells it how far the log is committed.
/// <code>
/// LoadSnapshot ─▶ image = snapshot        ApplyCommitted ─▶ read ─▶ apply ─▶ published? ─▶ MetadataCache ─▶ MetadataChanged to the node
///                                                                      └─ shown up to there, a snapshot is due: to the parent
/// </code>
/// <para>
/// Invariants: images are published in the order of the log; none before this start of the process is registered, so that no partition is led in an epoch from before
/// an unclean stop.
/// </para>
/// </summary>
internal sealed class MetadataLoader : ReceiveActor
{
    private const int ReadBytes = 4 << 20;

    private readonly QuorumServices _services;
    private readonly PartitionLog _metadataLog;
    private readonly SnapshotFolder _snapshots;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MetadataImage _image = MetadataImage.Empty;
    private MetadataImage _told = MetadataImage.Empty;
    private long _bytesSinceSnapshot;

    public MetadataLoader(QuorumServices services, PartitionLog metadataLog, SnapshotFolder snapshots)
    {
        _services = services;
        _metadataLog = metadataLog;
        _snapshots = snapshots;
        Receive<LoadSnapshot>(load => Try(() => Load(load.Id)));
        Receive<ApplyCommitted>(apply => Try(() => Apply(apply.HighWatermark)));
        Receive<WantSnapshot>(OnWanted);
    }

    public static Props Props(QuorumServices services, PartitionLog metadataLog, SnapshotFolder snapshots) =>
        Akka.Actor.Props.Create(() => new MetadataLoader(services, metadataLog, snapshots));

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception cause)
        {
            Context.Parent.Tell(new LoadFailed(cause));
            Context.Stop(Self);
        }
    }

    private void OnWanted(WantSnapshot wanted)
    {
        var end = _image.Offset + 1;
        if (end < wanted.EndOffset)
        {
            Context.Parent.Tell(new NotAppliedYet(end));
            return;
        }
        _bytesSinceSnapshot = 0;
        Context.Parent.Tell(new SnapshotDue(_image));
    }

    private void Load(LogPosition id)
    {
        if (id.Offset <= _image.Offset + 1)
            return;
        var bytes = _snapshots.ReadWhole(id) ?? throw new CorruptFileException(_metadataLog.Folder, $"snapshot {id} of the metadata is missing");
        _image = MetadataSnapshot.Read(bytes, id);
        _bytesSinceSnapshot = 0;
        _log.Info("Metadata is loaded from snapshot {0}.", id);
        Publish();
    }

    private void Apply(long highWatermark)
    {
        if (highWatermark <= _image.Offset + 1)
            return;
        try
        {
            using var records = _metadataLog.Read(_image.Offset + 1, ReadBytes, highWatermark, minOneBatch: true);
            var builder = new MetadataImageBuilder(_image);
            ReadOnlyMemory<byte> rest = records.ToArray();
            var applied = 0;
            while (RecordBatch.TryRead(rest, out var batch) && batch.NextOffset <= highWatermark)
            {
                if (!batch.HasValidCrc)
                    throw new CorruptFileException(_metadataLog.Folder, $"the checksum of the metadata batch at offset {batch.BaseOffset} is wrong");
                foreach (var record in MetadataRecordCodec.DecodeBatch(batch))
                    builder.Apply(record);
                builder.Advance(batch.LastOffset, batch.PartitionLeaderEpoch);
                applied += batch.SizeInBytes;
                rest = rest[batch.SizeInBytes..];
            }
            Invariant.Check(applied > 0);
            _image = builder.Build();
            _bytesSinceSnapshot += applied;
        }
        catch (OffsetOutOfRangeException cause)
        {
            // A snapshot has taken the place of that part of the log.
            if (_snapshots.List() is not [.., var newest] || newest.Offset <= _image.Offset + 1)
                throw new CorruptFileException(_metadataLog.Folder, $"the metadata log lacks what follows offset {_image.Offset}, and no snapshot holds it ({cause.Message})");
            Load(newest);
            return;
        }
        Publish();
        if (_bytesSinceSnapshot >= _services.Settings.SnapshotBytes)
        {
            _bytesSinceSnapshot = 0;
            Context.Parent.Tell(new SnapshotDue(_image));
        }
        // The rest in a turn of its own, so that whoever waits sees each part as soon as it is there.
        if (_image.Offset + 1 < highWatermark)
            Self.Tell(new ApplyCommitted(highWatermark));
    }

    private void Publish()
    {
        _services.Levels.Check(_image.MetadataVersion);
        _services.Port.Publish(_image);
        var isRegistered = _image.Brokers.TryGetValue(_services.Logs.Options.NodeId, out var self) && self.IncarnationId == _services.IncarnationId;
        // An actor system that follows another in the same process begins behind what that one has shown.
        if (!isRegistered || _image.Offset < _services.Metadata.Current.Offset)
            return;
        if (_image.Offset > _services.Metadata.Current.Offset)
            _services.Metadata.Publish(_image);
        _services.Node.Tell(new MetadataChanged(_told, _image));
        _told = _image;
        Context.Parent.Tell(new MetadataShown(_image.Offset + 1));
    }
}
