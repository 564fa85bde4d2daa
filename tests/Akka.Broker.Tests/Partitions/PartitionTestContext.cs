using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Journals;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Configuration;

namespace Akka.Broker.Tests.Partitions;

/// <summary>
/// A node's logs on a memory disk and one topic "t" with one partition, for a <see cref="PartitionActor"/> to lead. Its log writer is driven by hand with
/// <see cref="LogWriterDrive.Manual"/>, else everything is written at once.
/// </summary>
internal sealed class PartitionTestContext : IDisposable
{
    public const int NodeId = 1;
    public static readonly Guid TopicId = Guid.Parse("11111111-2222-3333-4444-555555555555");
    public static readonly TopicIdPartition Partition = new(TopicId, "t", 0);

    public static readonly Config Hocon = ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        akka.persistence.journal.segment { class = "{{typeof(SegmentJournal).FullName}}, Akka.Broker" }
        akka.persistence.snapshot-store.segment { class = "{{typeof(SegmentSnapshotStore).FullName}}, Akka.Broker" }
        """);

    public PartitionTestContext(ActorSystem system, IDisk disk, LogWriterDrive drive = LogWriterDrive.Inline, string topic = "t", LogConfig? config = null, int minInSync = 1)
    {
        Logs = LogManager.Open(new LogManagerOptions { DataFolders = ["/data"], NodeId = NodeId, Disk = disk, Time = TimeProvider.System, Random = new Random(1), Drive = drive });
        Metadata.Publish(Image(topic, leader: NodeId, leaderEpoch: 5));
        Id = Partition with { Topic = topic };
        Log = Logs.GetOrCreate(Id, config ?? LogConfig.Default);
        Storage = new BrokerStorage(Logs, Metadata, ["/data"]);
        Storage.RegisterWith(system);
        Services = new PartitionServices(NodeId, Storage, Metadata, Led, TimeProvider.System, _ => minInSync, ProducerIdExpirationMs: 86_400_000);
    }

    public TopicIdPartition Id { get; }

    public LogManager Logs { get; }

    public PartitionLog Log { get; }

    public MetadataCache Metadata { get; } = new();

    public LedPartitions Led { get; } = new();

    public BrokerStorage Storage { get; }

    public PartitionServices Services { get; }

    public static MetadataImage Image(string topic, int leader, int leaderEpoch) => MetadataImageBuilder.Apply(
        MetadataImage.Empty,
        [
            new TopicRecord { Name = topic, TopicId = TopicId },
            new PartitionRecord { TopicId = TopicId, PartitionId = 0, Replicas = [1, 2], Isr = [leader], Leader = leader, LeaderEpoch = leaderEpoch },
        ],
        lastOffset: leaderEpoch,
        epoch: 1);

    public IActorRef Start(ActorSystem system) => system.ActorOf(PartitionActor.Props(Services), PartitionEntity.NameOf(Id));

    public AppendRecords Append(Memory<byte> batch, short acks = -1, int epoch = 5, long? deadline = null, AppendOrigin origin = AppendOrigin.Client) =>
        new(Id, epoch, batch, acks, deadline ?? long.MaxValue, origin);

    /// <summary>The node's metadata say something else from now on.</summary>
    public void Change(IMessage record) =>
        Metadata.Publish(MetadataImageBuilder.Apply(Metadata.Current, [record], Metadata.Current.Offset + 1, epoch: 1));

    public void Dispose() => Logs.Dispose();
}
