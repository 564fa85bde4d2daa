using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Support;
using Akka.TestKit;
using Akka.Tests;

namespace Akka.Broker.Tests.Replicas;

/// <summary>A node tells its controller of logs that fail.</summary>
public sealed class OfflineReplicasSpec : PatientTestKit
{
    private const int NodeId = 1;
    private static readonly Guid Topic = Guid.NewGuid();
    private static readonly Guid Incarnation = Guid.NewGuid();

    private readonly FaultyDisk _disk = new(new MemoryDisk());
    private readonly LogManager _logs;
    private readonly MetadataCache _metadata = new();
    private readonly TestProbe _node;
    private readonly TestProbe _controller;

    public OfflineReplicasSpec()
        : base("akka.loglevel = OFF")
    {
        _node = CreateTestProbe();
        _controller = CreateTestProbe();
        _logs = LogManager.Open(new LogManagerOptions
        {
            DataFolders = ["/a", "/b"],
            NodeId = NodeId,
            Disk = _disk,
            Time = TimeProvider.System,
            Random = new Random(1),
            Drive = LogWriterDrive.Inline,
        });
        for (var partition = 0; partition < 4; partition++)
            _logs.GetOrCreate(new TopicIdPartition(Topic, "orders", partition), LogConfig.Default);
        Publish();
        Sys.ActorOf(OfflineReplicas.Props(new OfflineReplicasOptions(
            NodeId, Incarnation, _logs, _metadata, _node.Ref, report => _controller.Ref.Ask<OfflineReplicasNoted>(report, TimeSpan.FromSeconds(10)))));
    }

    [Fact]
    public async Task Folder_that_dies_is_reported_with_all_replicas_in_it_until_the_metadata_shows_it()
    {
        await BreakAsync("/b");

        _node.ExpectMsg<LogsFailed>();
        var report = _controller.ExpectMsg<ReportOfflineReplicas>().Report;
        Assert.Equal((NodeId, 40L), (report.BrokerId, report.BrokerEpoch));
        Assert.Equal(Offline(), report.Replicas.Select(r => r.Partition).Order());
        Assert.Contains("bad disk", report.Reason);
        _controller.Reply(new OfflineReplicasNoted(ErrorCode.NotController, -1));

        report = _controller.ExpectMsg<ReportOfflineReplicas>().Report;
        Assert.Equal(2, report.Replicas.Length);
        Publish(offline: [.. report.Replicas.Select(r => r.Partition)]);
        _controller.Reply(new OfflineReplicasNoted(ErrorCode.None, 50));
        _controller.ExpectNoMsg(TimeSpan.FromMilliseconds(1500));
    }

    [Fact]
    public async Task Next_registration_is_told_again()
    {
        await BreakAsync("/b");
        _controller.ExpectMsg<ReportOfflineReplicas>();
        Publish(offline: Offline());
        _controller.Reply(new OfflineReplicasNoted(ErrorCode.None, 50));

        Publish(epoch: 60);

        Assert.Equal(60, _controller.ExpectMsg<ReportOfflineReplicas>().Report.BrokerEpoch);
    }

    [Fact]
    public async Task Topic_made_again_whose_old_log_lies_in_a_dead_folder_is_reported_as_a_replica_without_records()
    {
        var again = Guid.NewGuid();
        await BreakAsync("/b");
        _controller.ExpectMsg<ReportOfflineReplicas>();
        Publish(topic: again);
        _controller.Reply(new OfflineReplicasNoted(ErrorCode.None, 50));

        var report = _controller.ExpectMsg<ReportOfflineReplicas>().Report;

        Assert.Equal(Offline(), report.Replicas.Select(r => r.Partition).Order());
        Assert.All(report.Replicas, r => Assert.Equal((again, -1, 0L), (r.TopicId, r.Epoch, r.Offset)));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _logs.Dispose();
    }

    private int[] Offline() => [.. _logs.All.Where(l => l.Failure is not null).Select(l => l.Id.Partition).Order()];

    private async Task BreakAsync(string folder)
    {
        _disk.Fault = (operation, path) => operation is not DiskOperation.Read && path.StartsWith(folder + "/", StringComparison.Ordinal) ? new IOException("bad disk") : null;
        var log = _logs.All.First(l => l.DataFolder == folder);
        await log.AppendAsync(log.TakeOver(), TestBatches.Of("a"));
    }

    private void Publish(long epoch = 40, int[]? offline = null, Guid? topic = null)
    {
        var id = topic ?? Topic;
        List<IMessage> records =
        [
            new TopicRecord { Name = "orders", TopicId = id },
            .. Enumerable.Range(0, 4).Select(p => new PartitionRecord { TopicId = id, PartitionId = p, Replicas = [NodeId, 2], Isr = [NodeId], Leader = NodeId }),
            new RegisterBrokerRecord { BrokerId = NodeId, BrokerEpoch = epoch, IncarnationId = Incarnation },
        ];
        if (offline is not null)
            records.Add(new BrokerRegistrationChangeRecord { BrokerId = NodeId, BrokerEpoch = epoch, OfflineReplicas = [new() { TopicId = id, Partitions = offline }] });
        _metadata.Publish(MetadataImageBuilder.Apply(MetadataImage.Empty, records, _metadata.Current.Offset + 10, 1));
    }
}
